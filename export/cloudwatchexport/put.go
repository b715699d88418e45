package cloudwatchexport

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier/export/internal/cwdata"
)

// put sends a request, as often as it takes. It returns an error if the request
// is to be sent again another time; nil if it was taken or given up.
func (d *delivery) put(r request) error {
	for attempt := 1; ; attempt++ {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		if time.Since(r.at) > cwdata.MostAge {
			d.drops.Add("too_old", len(r.data))
			return nil
		}
		fate, err := d.try(r)
		switch {
		case fate == taken:
			return nil
		case fate == refused:
			d.giveUp("refused", r, err)
			return nil
		case fate == inDoubt && d.options.AtMostOnce:
			d.giveUp("in_doubt", r, err)
			return nil
		case fate == misset || attempt == d.options.Attempts || !pause(d.ctx, attempt):
			return err
		}
	}
}

// giveUp counts a request as lost. It is logged even when the program ends, so
// what ended it is not wrapped.
func (d *delivery) giveUp(reason string, r request, err error) {
	d.drops.Add(reason, len(r.data))
	d.notice.Failed(fmt.Errorf("%d data are given up as %s: %v", len(r.data), reason, err))
}

// grace is how long a request under way may still be answered when its context is
// done: without an answer nobody knows what became of it.
const grace = time.Second

// try sends a request once. What the end of d.ctx brought about is reported as
// such, and not as the cancelling by which it was done.
func (d *delivery) try(r request) (fate, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(d.ctx))
	defer cancel()
	stop := context.AfterFunc(d.ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	defer stop()
	sent := d.ask(ctx, d.ctx, r.input(d.options.Namespace))
	fate, err := sent.fate(), sent.err
	switch {
	case err == nil || d.ctx.Err() == nil:
		return fate, err
	case ctx.Err() != nil:
		return fate, fmt.Errorf("%w: %v", d.ctx.Err(), err)
	default:
		return fate, fmt.Errorf("%w: %w", d.ctx.Err(), err)
	}
}

// The pauses between attempts are random, up to a bound that doubles.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// pause waits before another attempt. It returns false, at once, if there would
// be no time left for that.
func pause(ctx context.Context, attempt int) bool {
	bound := min(firstPause<<min(attempt-1, 10), longestPause)
	wait := time.Duration(rand.Int64N(int64(bound)))
	if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
