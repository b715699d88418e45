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
func (e *engine[K, V]) newFlight(ctx context.Context, text string, hash uint64, trigger metrics.Trigger) *flight[V] {
	f := &flight[V]{key: text, hash: hash, trigger: trigger, began: e.now(), done: make(chan struct{})}
	if e.turns != nil {
		f.hurry = make(chan struct{})
	}
	if e.store != nil && e.store.locks {
		f.claim.impatient = make(chan struct{})
	}
	f.ctx, f.cancel = context.WithCancelCause(&computation{
		values: ctx, of: e, key: text, within: computationOf(ctx),
	})
	return f
}

// computation is the context of a computation, but for its end: the values of
// the context of the call that began it, and itself as a mark, so that a call of
// the same key from within it is recognized. It holds nothing of the flight,
// which may be over when somebody still has it.
type computation struct {
	values context.Context
	of     any // the engine
	key    string
	within *computation // nil: not begun by another one
}

type insideKey struct{}

func computationOf(ctx context.Context) *computation {
	c, _ := ctx.Value(insideKey{}).(*computation)
	return c
}

func (*computation) Deadline() (deadline time.Time, ok bool) { return }
func (*computation) Done() <-chan struct{}                   { return nil }
func (*computation) Err() error                              { return nil }

func (c *computation) Value(key any) any {
	if key == (insideKey{}) {
		return c
	}
	return c.values.Value(key)
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

// within reports whether ctx belongs to a computation of this Func, of any key.
func within(ctx context.Context, engine any) bool {
	for c := computationOf(ctx); c != nil; c = c.within {
		if c.of == engine {
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
	defer e.flights.of(f.hash).land(f)
	through := e.acquire(f)
	defer e.yield(f)
	if through {
		e.fillFound(f, key)
		return
	}
	if !f.exempt {
		held, err := e.turn(f.ctx, f.hurry, r)
		if err != nil {
			r.err, r.ended = err, metrics.ResultCanceled
			return
		}
		if held {
			defer e.turns.give()
		}
	}
	e.run(f.ctx, f.key, key, f.trigger, r)
	change := metrics.ChangeUnknown
	switch {
	case r.panicked != nil:
	case r.err != nil:
		e.failed(f, before)
	case e.flights.of(f.hash).mayStore(f):
		guarded(r, func() { change = e.keep(f, key, before) })
	}
	e.report(f.key, f.trigger, r, change)
}

// renewed reports whether the backend has what a flight is about, by now, from
// whomever. Then that is what the flight comes to.
func (e *engine[K, V]) renewed(f *flight[V]) bool {
	if e.store == nil || f.blocked {
		return false
	}
	since := e.noticed(f.key)
	now, reason, _ := e.store.get(f.ctx, f.key)
	if reason != metrics.NoReason {
		return false
	}
	s := e.judge(time.Duration(e.now()-now.created), now.ttl, &f.oldest)
	if s != fresh && (s != ahead || f.background) {
		return false
	}
	r := &f.result
	r.value, r.err, r.found, r.since = now.value, nil, &now, since
	r.cost, r.ttl, r.size = now.cost, now.ttl, now.size
	return true
}

// fillFound puts the value that a flight found on the backend into the tier in
// front of it.
func (e *engine[K, V]) fillFound(f *flight[V], key K) {
	if f.result.found != nil && e.local.exists() && e.flights.of(f.hash).mayStore(f) {
		e.putLocal(key, f.key, *f.result.found, f.result.since)
	}
}

// report counts a computation that is over, and logs it if it panicked.
func (e *engine[K, V]) report(text string, trigger metrics.Trigger, r *flightResult[V], change metrics.Change) {
	if r.panicked != nil {
		e.logs.panicked(text, r.panicked, r.stack)
	}
	e.recorder.Compute(metrics.Computation{
		Trigger: trigger, Result: r.ended, Duration: r.compute, Changed: change,
		Price: r.price, Size: r.size, KeyHash: keyform.StableHash(text),
	})
}

// run computes, and asks what that cost.
func (e *engine[K, V]) run(ctx context.Context, text string, key K, trigger metrics.Trigger, r *flightResult[V]) {
	e.compute(ctx, text, key, trigger, r)
	if e.price != nil && r.err == nil && r.panicked == nil {
		guarded(r, func() { r.price = e.price(key, r.value) })
	}
}

// guarded runs hooks. One that panics has the same effect as a function that
// panics.
func guarded[V any](r *flightResult[V], hooks func()) {
	defer func() {
		if p := recover(); p != nil {
			r.panicked, r.stack, r.ended = p, debug.Stack(), metrics.ResultPanic
		}
	}()
	hooks()
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
		now := clock.Now()
		r.compute, r.made = time.Duration(now-start), e.at(now)
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
	if e.errors != nil && !errors.Is(r.err, context.Canceled) && e.flights.of(f.hash).mayStore(f) {
		e.keepError(f.key, r.err)
	}
	if before != nil && before.standsIn {
		r.standIn = before
	}
}

// direct computes in the caller's goroutine and stores nothing.
func (c *call[K, V]) direct(trigger metrics.Trigger) (V, error) {
	var r flightResult[V]
	if !within(c.ctx, c.engine) {
		held, err := c.turn(c.ctx, nil, &r)
		c.waited += r.queued
		if err != nil {
			c.failure = endOf(c.ctx)
			return r.value, err
		}
		if held {
			defer c.turns.give()
		}
	}
	c.run(c.ctx, c.text, c.key, trigger, &r)
	c.report(c.text, trigger, &r, metrics.ChangeUnknown)
	c.computed, c.cost = r.compute, r.compute
	switch {
	case r.panicked != nil:
		c.panicked, c.failure = r.panicked, metrics.ErrorPanic
	case r.err != nil:
		c.failure = failureOf(r.ended)
	}
	return r.value, r.err
}
