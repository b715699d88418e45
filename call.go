package cachier

import (
	"context"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/keyform"
	"github.com/cachier-go/cachier/metrics"
)

// Call returns the remembered value of key, or computes and remembers it.
//
// Errors are those of the function, as they are; ctx.Err() when ctx ended while
// the call waited; and with [WithStrict] those of the backend. A panic of the
// function reaches every caller that waited for it. A value in memory is shared
// between callers, who must only read it, unless there is a [WithClone].
//
// A caller whose ctx ends stops waiting; the computation goes on as long as
// anybody waits for it. A call of the same key from within its own computation,
// with the context that the computation got, computes directly. Two
// computations that call each other's keys wait for each other: see
// [WithWaitTimeout].
//
// On a hit in memory, Call allocates nothing.
func (f *Func[K, V]) Call(ctx context.Context, key K, opts ...CallOption) (V, error) {
	if len(opts) != 0 {
		return f.callWith(ctx, key, opts)
	}
	if g := gate.Load(); g == 0 || !disabled(ctx) {
		if h := f.direct.Load(); h != nil {
			if v, ok := h.hit(&key, &key); ok {
				return v, nil
			}
		} else if h := f.coded.Load(); h != nil {
			return f.callCoded(ctx, h, key)
		}
	}
	return f.slow(ctx, key, callOptions{})
}

// callCoded is Call where the key is looked up by its encoding.
func (f *Func[K, V]) callCoded(ctx context.Context, h *hot[string, K, V], key K) (V, error) {
	text := h.text(key)
	if v, ok := h.hit(&text, &key); ok {
		return v, nil
	}
	return f.slow(ctx, key, callOptions{})
}

// callWith is Call with options. One that only bounds the age is still answered
// without a lock.
func (f *Func[K, V]) callWith(ctx context.Context, key K, opts []CallOption) (V, error) {
	o := readCallOptions(opts)
	if o.hasMaxAge && o.plain() && !disabled(ctx) {
		if h := f.direct.Load(); h != nil {
			if v, ok := h.hitWithin(&key, &key, o.maxAge); ok {
				return v, nil
			}
		} else if h := f.coded.Load(); h != nil {
			text := h.text(key)
			if v, ok := h.hitWithin(&text, &key, o.maxAge); ok {
				return v, nil
			}
		}
	}
	return f.slow(ctx, key, o)
}

// Refresh computes a new value and stores it, whatever is stored already.
// Concurrent calls of Refresh for one key share one computation.
func (f *Func[K, V]) Refresh(ctx context.Context, key K) (V, error) {
	return f.slow(ctx, key, callOptions{refresh: true})
}

// call is one call that was not answered by the fast path.
type call[K, V any] struct {
	*engine[K, V]
	ctx   context.Context
	key   K
	text  string // the key's encoding
	hash  uint64 // the stable hash of that
	o     callOptions
	begun int64 // by the real clock
	began int64 // on the axis on which ages are judged

	before  *entry[V] // a value that was found and is out of date
	seen    uint32    // version of the key when the cache was looked at
	since   notice    // what had been told of the key by then
	blocked bool      // the backend may not be read, nor written
	renews  bool      // what is stored is older than it allows
	again   bool      // it is being looked at once more, which counts nothing
	steps   []Step    // only where the call is to be explained

	// What the call came to.
	outcome  metrics.Outcome
	reason   metrics.Reason
	failure  metrics.ErrorKind
	tier     metrics.Tier
	age      time.Duration // metrics.Unknown: nothing stored was served
	pastTTL  time.Duration
	ttl      time.Duration
	cost     time.Duration
	size     int64
	computed time.Duration // how long it computed
	waited   time.Duration // how long it waited for others
	panicked any
}

// slow is a call on its whole way: look-up, waiting, computing, counting.
func (f *Func[K, V]) slow(ctx context.Context, key K, o callOptions) (V, error) {
	e, err := f.engine()
	if err != nil {
		var zero V
		return zero, err
	}
	begun := clock.Now()
	c := &call[K, V]{
		engine: e, ctx: ctx, key: key, o: o, begun: begun, began: e.at(begun),
		age: metrics.Unknown, pastTTL: metrics.Unknown,
	}
	e.recorder.AddInFlight(1)
	defer e.recorder.AddInFlight(-1)
	c.text = e.text(key)
	c.hash = keyform.StableHash(c.text)
	value, err := c.answer()
	c.record(value, err)
	if c.panicked != nil {
		panic(c.panicked)
	}
	if err == nil && e.clone != nil {
		value = e.clone(value)
	}
	return value, err
}

// answer finds or makes the value.
func (c *call[K, V]) answer() (V, error) {
	switch {
	case c.closed.Load():
		c.note("the function is closed: computing without the cache")
		return c.bypass(metrics.ReasonDisabled)
	case disabled(c.ctx):
		c.note("caching is disabled: computing without the cache")
		return c.bypass(metrics.ReasonDisabled)
	case c.o.skip:
		c.note("asked to skip the cache: computing, storing nothing")
		return c.bypass(metrics.ReasonSkip)
	case c.o.refresh:
		c.note("asked to refresh: computing, whatever is stored")
		c.outcome, c.reason = metrics.Bypass, metrics.ReasonRefresh
		if inside(c.ctx, c.engine, c.text) {
			c.note("called from its own computation: computing directly")
			return c.direct(metrics.TriggerRefresh)
		}
		return c.join()
	}
	value, found, err := c.lookup()
	if found || err != nil {
		return value, err
	}
	c.outcome = metrics.Miss
	if inside(c.ctx, c.engine, c.text) {
		c.note("called from its own computation: computing directly")
		return c.direct(metrics.TriggerMiss)
	}
	return c.join()
}

// bypass computes without reading or storing anything.
func (c *call[K, V]) bypass(reason metrics.Reason) (V, error) {
	c.outcome, c.reason = metrics.Bypass, reason
	return c.direct(metrics.TriggerBypass)
}
