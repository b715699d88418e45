package mongobackend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// counts are of what this backend was asked.
type counts struct {
	calls, errors, retries, nanoseconds atomic.Int64
}

func (c *counts) add(took time.Duration, err error) {
	c.calls.Add(1)
	c.nanoseconds.Add(int64(took))
	if err != nil && !errors.Is(err, backend.ErrNotFound) && !errors.Is(err, backend.ErrHeld) && !errors.Is(err, backend.ErrLeaseLost) {
		c.errors.Add(1)
	}
}

// Probe tells of the backend's own calls and, with Options.Monitor, of the
// client's commands and connections, which may serve others than this backend.
// It doesn't talk to the server.
func (b *Backend) Probe(ctx context.Context) ([]backend.Reading, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	var apart, doubt float64
	if r := b.clock.latest.Load(); r != nil {
		local := b.now()
		apart, doubt = time.Duration(r.offset(local)).Seconds(), r.doubt(local).Seconds()
	}
	readings := []backend.Reading{
		{Name: "calls_total", Help: "Operations; what was tried again counts once.", Unit: "{call}", Counter: true, Value: float64(b.counts.calls.Load())},
		{Name: "call_errors_total", Help: "Operations that failed, or that were not waited for to the end.", Unit: "{call}", Counter: true, Value: float64(b.counts.errors.Load())},
		{Name: "call_seconds_total", Help: "For how long operations took, with waiting for a connection and trying again.", Unit: "s", Counter: true, Value: time.Duration(b.counts.nanoseconds.Load()).Seconds()},
		{Name: "conflict_retries_total", Help: "How often something was tried again because another one had changed the document.", Unit: "{retry}", Counter: true, Value: float64(b.counts.retries.Load())},
		{Name: "clock_offset_seconds", Help: "By how much the server's clock is ahead.", Unit: "s", Value: apart},
		{Name: "clock_doubt_seconds", Help: "By how much that may be wrong.", Unit: "s", Value: doubt},
	}
	return append(readings, b.monitor.readings()...), nil
}
