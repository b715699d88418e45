package cachier

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// turns hands out a bounded number of turns, first come, first served. It is
// no channel, because one would belong to the synctest bubble of the first
// call; each waiter brings its own.
type turns struct {
	mu    sync.Mutex // protects the rest
	free  int
	queue []chan struct{} // of those who wait, oldest first; closed to give a turn
}

// take takes a turn and returns nil, or returns what will be closed when the
// caller has got one.
func (t *turns) take() (mine chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free > 0 {
		t.free--
		return nil
	}
	mine = make(chan struct{})
	t.queue = append(t.queue, mine)
	return mine
}

// give gives a turn back.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.free++
		return
	}
	close(t.queue[0])
	t.queue = slices.Delete(t.queue, 0, 1)
}

// leave gives up waiting, or the turn that was given meanwhile.
func (t *turns) leave(mine chan struct{}) {
	t.mu.Lock()
	i := slices.Index(t.queue, mine)
	if i >= 0 {
		t.queue = slices.Delete(t.queue, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 {
		t.give()
	}
}

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
	mine := e.turns.take()
	if mine == nil {
		return true, nil
	}
	_, end := e.observe(ctx, metrics.Op{Kind: metrics.OpWait, Scope: metrics.ScopeLimit})
	start := clock.Now()
	e.recorder.AddWaiters(1)
	result := metrics.ResultOK
	select {
	case <-mine:
		held = true
	case <-hurry:
		e.turns.leave(mine)
	case <-ctx.Done():
		e.turns.leave(mine)
		result, err = metrics.ResultCanceled, ctx.Err()
	}
	e.recorder.AddWaiters(-1)
	r.queued = time.Duration(clock.Now() - start)
	e.recorder.Wait(metrics.ScopeLimit, result, r.queued)
	end(result)
	return held, err
}
