package cachier

import (
	"context"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// turn waits until another computation may begin, or until hurry is closed,
// and reports whether it got a turn, which the caller has to give back. How
// long it waited is noted in r.
//
// A computation that needs another one of the same Func would wait for ever if
// all turns were held by such as itself. So those that are begun from within a
// computation run on its turn, as it stands still meanwhile, and those that are
// joined from there are told to hurry.
func (e *engine[K, V]) turn(ctx context.Context, hurry <-chan struct{}, r *flightResult[V]) (held bool, err error) {
	if e.turns == nil {
		return false, nil
	}
	select {
	case e.turns <- struct{}{}:
		return true, nil
	default:
	}
	_, end := e.observe(ctx, metrics.Op{Kind: metrics.OpWait, Scope: metrics.ScopeLimit})
	start := clock.Now()
	e.recorder.AddWaiters(1)
	result := metrics.ResultOK
	select {
	case e.turns <- struct{}{}:
		held = true
	case <-hurry:
	case <-ctx.Done():
		result, err = metrics.ResultCanceled, ctx.Err()
	}
	e.recorder.AddWaiters(-1)
	r.queued = time.Duration(clock.Now() - start)
	e.recorder.Wait(metrics.ScopeLimit, result, r.queued)
	end(result)
	return held, err
}

func (e *engine[K, V]) turnOver() { <-e.turns }
