package cachier

import (
	"log/slog"
	"sync"
	"time"

	"github.com/cachier-go/cachier/internal/keyform"
)

// logEvery is how often a Func logs one kind of failure at the most.
const logEvery = time.Minute

// logs tells of failures that no caller sees, each kind once a minute at most.
type logs struct {
	name   string
	logger *slog.Logger // nil: slog.Default
	reveal bool

	mu   sync.Mutex // protects what follows
	last map[string]time.Time
	kept map[string]int // how many were not logged since
}

// failed logs that something went wrong, without a key: an error may be about
// many.
func (l *logs) failed(what string, err error) {
	if more, ok := l.due(what); ok {
		l.log().Warn("cachier: "+what+" failed", "cache", l.name, "err", err, "suppressed", more)
	}
}

// panicked logs a panic of the function with the stack of where it was, which
// those it reaches don't see.
func (l *logs) panicked(key string, value any, stack []byte) {
	if more, ok := l.due("panic"); ok {
		l.log().Error("cachier: the function panicked", "cache", l.name, "key", l.shown(key),
			"panic", value, "stack", string(stack), "suppressed", more)
	}
}

// shown is what errors and logs may show of a key.
func (l *logs) shown(key string) string {
	if l.reveal {
		return key
	}
	return keyform.ShortHash(key)
}

func (l *logs) log() *slog.Logger {
	if l.logger != nil {
		return l.logger
	}
	return slog.Default()
}

// due reports whether a kind of failure may be logged again, and how many were
// not since the last.
func (l *logs) due(what string) (suppressed int, ok bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if last, logged := l.last[what]; logged && now.Sub(last) < logEvery && !now.Before(last) {
		l.kept[what]++
		return 0, false
	}
	if l.last == nil {
		l.last, l.kept = map[string]time.Time{}, map[string]int{}
	}
	suppressed = l.kept[what]
	l.last[what], l.kept[what] = now, 0
	return suppressed, true
}
