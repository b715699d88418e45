package cachier

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/keyform"
	"github.com/cachier-go/cachier/metrics"
)

// newFlight makes a flight whose computation has the values of ctx, but
// neither its deadline nor its end.
func (e *engine[K, V]) newFlight(ctx context.Context, text string, trigger metrics.Trigger) *flight[V] {
	f := &flight[V]{key: text, trigger: trigger, began: e.now(), done: make(chan struct{})}
	ctx = context.WithValue(context.WithoutCancel(ctx), insideKey{}, &computation{
		of: e, key: text, within: computationOf(ctx),
	})
	f.ctx, f.cancel = context.WithCancel(ctx)
	return f
}

// computation is the mark that a computation leaves in its context, so that a
// call of the same key from within it is recognized.
type computation struct {
	of     any // the engine
	key    string
	within *computation // nil: not begun by another one
}

type insideKey struct{}

func computationOf(ctx context.Context) *computation {
	c, _ := ctx.Value(insideKey{}).(*computation)
	return c
}

// inside reports whether ctx belongs to a computation of this key.
func inside(ctx context.Context, engine any, key string) bool {
	for c := computationOf(ctx); c != nil; c = c.within {
		if c.of == engine && c.key == key {
			return true
		}
	}
	return false
}

// fly runs a flight to its end: it waits for its turn, computes, stores, and
// publishes the result. before is the entry that was found and is out of date,
// or nil.
func (e *engine[K, V]) fly(f *flight[V], key K, before *entry[V]) {
	r := &f.result
	r.err = errGoexit // unless something better is known before it ends
	defer e.flights.land(f)
	if err := e.turn(f.ctx); err != nil {
		r.err, r.ended = err, metrics.ResultCanceled
		return
	}
	defer e.turnOver()
	e.compute(f.ctx, f.key, key, f.trigger, r)
	change := metrics.ChangeUnknown
	switch {
	case r.panicked != nil:
		e.logs.panicked(f.key, r.panicked, r.stack)
	case r.err != nil:
		e.failed(f, before)
	case e.flights.mayStore(f):
		change = e.keep(f.ctx, f.key, key, r, before)
	}
	e.report(f.key, f.trigger, r, change)
}

// report counts a computation that is over.
func (e *engine[K, V]) report(text string, trigger metrics.Trigger, r *flightResult[V], change metrics.Change) {
	e.recorder.Compute(metrics.Computation{
		Trigger: trigger, Result: r.ended, Duration: r.compute, Changed: change,
		Price: r.price, Size: r.size, KeyHash: keyform.StableHash(text),
	})
}

// compute runs the function, within its deadline and guarded against panics,
// and fills in r.
func (e *engine[K, V]) compute(ctx context.Context, text string, key K, trigger metrics.Trigger, r *flightResult[V]) {
	if e.computeTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.computeTimeout)
		defer cancel()
	}
	ctx, end := e.observe(ctx, metrics.Op{Kind: metrics.OpCompute, Trigger: trigger})
	start, returned := clock.Now(), false
	defer func() {
		r.compute = time.Duration(clock.Now() - start)
		r.cost = r.compute
		switch {
		case returned:
			r.ended = resultOf(ctx, r.err)
		default:
			r.ended = metrics.ResultPanic
			if r.panicked = recover(); r.panicked != nil {
				r.stack = debug.Stack()
			} else { // runtime.Goexit: the caller of compute does not go on
				e.report(text, trigger, r, metrics.ChangeUnknown)
			}
		}
		end(r.ended)
	}()
	r.value, r.err = e.fn(ctx, key)
	returned = true
	if r.err == nil && e.price != nil {
		r.price = e.price(key, r.value)
	}
}

// resultOf says how a computation ended.
func resultOf(ctx context.Context, err error) metrics.Result {
	switch {
	case err == nil:
		return metrics.ResultOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return metrics.ResultCanceled
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil:
		return metrics.ResultTimeout
	default:
		return metrics.ResultError
	}
}

// failed settles what the callers of a flight get whose function failed.
func (e *engine[K, V]) failed(f *flight[V], before *entry[V]) {
	r := &f.result
	if e.errors != nil && !errors.Is(r.err, context.Canceled) && e.flights.mayStore(f) {
		e.keepError(f.key, r.err)
	}
	if before == nil || !before.standsIn {
		return
	}
	r.value, r.stale = before.value, true
	r.age = time.Duration(e.now() - before.created)
	r.ttl, r.cost, r.size = before.ttl, before.cost, before.size
	r.pastTTL = max(r.age-r.ttl, 0)
}

// direct computes in the caller's goroutine and stores nothing.
func (c *call[K, V]) direct(trigger metrics.Trigger) (V, error) {
	var r flightResult[V]
	if err := c.turn(c.ctx); err != nil {
		c.failure = endOf(c.ctx)
		return r.value, err
	}
	defer c.turnOver()
	c.compute(c.ctx, c.text, c.key, trigger, &r)
	c.report(c.text, trigger, &r, metrics.ChangeUnknown)
	c.computed, c.cost = r.compute, r.compute
	switch {
	case r.panicked != nil:
		c.panicked, c.failure = r.panicked, metrics.ErrorPanic
	case r.err != nil && c.ctx.Err() != nil && errors.Is(r.err, c.ctx.Err()):
		c.failure = endOf(c.ctx)
	case r.err != nil:
		c.failure = metrics.ErrorFunction
	}
	return r.value, r.err
}

// turn waits until another computation may begin.
func (e *engine[K, V]) turn(ctx context.Context) error {
	if e.turns == nil {
		return nil
	}
	select {
	case e.turns <- struct{}{}:
		return nil
	default:
	}
	start := clock.Now()
	e.recorder.AddWaiters(1)
	defer e.recorder.AddWaiters(-1)
	select {
	case e.turns <- struct{}{}:
		e.recorder.Wait(metrics.ScopeLimit, metrics.ResultOK, time.Duration(clock.Now()-start))
		return nil
	case <-ctx.Done():
		e.recorder.Wait(metrics.ScopeLimit, metrics.ResultCanceled, time.Duration(clock.Now()-start))
		return ctx.Err()
	}
}

func (e *engine[K, V]) turnOver() {
	if e.turns != nil {
		<-e.turns
	}
}
