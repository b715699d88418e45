package statsdexport

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// drops counts the lines that were given up, by reason.
type drops struct {
	mu    sync.Mutex // protects lines
	lines map[string]uint64
}

func (d *drops) add(reason string, lines int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lines == nil {
		d.lines = map[string]uint64{}
	}
	d.lines[reason] += uint64(lines)
}

// read returns a copy.
func (d *drops) read() map[string]uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.lines)
}

// logEvery is how often failures are logged at the most.
const logEvery = time.Minute

// notice logs failures, now and then.
type notice struct {
	logger *slog.Logger // nil: slog.Default
	addr   string
	last   time.Time
	kept   int // not logged since
}

func (n *notice) failed(err error) {
	if errors.Is(err, context.Canceled) {
		return // the program ends, and the last export is to come
	}
	if !n.last.IsZero() && time.Since(n.last) < logEvery {
		n.kept++
		return
	}
	logger := n.logger
	if logger == nil {
		logger = slog.Default()
	}
	logger.Warn("cachier: sending metrics to StatsD failed", "addr", n.addr, "err", err, "suppressed", n.kept)
	n.last, n.kept = time.Now(), 0
}
