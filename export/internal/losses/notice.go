package losses

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// logEvery is how often failures are logged at the most.
const logEvery = time.Minute

// Notice logs failures, now and then. It belongs to one goroutine at a time.
type Notice struct {
	Logger *slog.Logger // nil: slog.Default
	Text   string
	Args   []any // of each line, before the error

	last time.Time
	kept int // not logged since
}

// Failed logs err, unless another was logged a moment ago. That a context was
// cancelled is no news: the program ends, and the last export is to come. That one
// ran out of time is, however its request was ended.
func (n *Notice) Failed(err error) {
	if errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return
	}
	if !n.last.IsZero() && time.Since(n.last) < logEvery {
		n.kept++
		return
	}
	logger := n.Logger
	if logger == nil {
		logger = slog.Default()
	}
	logger.Warn(n.Text, append(n.Args[:len(n.Args):len(n.Args)], "err", err, "suppressed", n.kept)...)
	n.last, n.kept = time.Now(), 0
}
