package fleet

import (
	"log/slog"
	"sync"
	"time"
)

// limiter logs once a minute at most.
type limiter struct {
	to   *slog.Logger // nil: slog.Default()
	mu   sync.Mutex   // protects last
	last time.Time
}

func (l *limiter) warn(text string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); l.last.IsZero() || now.Sub(l.last) >= time.Minute {
		l.last = now
		to := l.to
		if to == nil {
			to = slog.Default()
		}
		to.Warn(text, args...)
	}
}
