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
	c := &call[K, V]{
		engine: e, ctx: ctx, key: key, o: o, begun: clock.Now(), began: e.now(),
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

// lookup reads the tiers. It has set outcome and reason when it has found a
// value to serve, and the reason of the miss when it has not.
func (c *call[K, V]) lookup() (value V, found bool, err error) {
	c.reason, c.before = metrics.ReasonAbsent, nil
	c.flights.mu.Lock()
	c.seen = c.flights.version(c.hash)
	c.flights.mu.Unlock()
	c.since = c.noticed(c.text)

	if c.local.exists() {
		e, ok := c.local.get(c.key, c.text)
		if ok {
			c.countLookup(metrics.TierLocal, metrics.ResultOK)
			if value, found = c.consider(e); found {
				return value, true, nil
			}
		} else {
			c.countLookup(metrics.TierLocal, metrics.ResultNotFound)
			if c.local.evicted(c.key, c.text) {
				c.reason = metrics.ReasonEvicted
			}
			c.note("not in memory: %v", c.reason)
		}
	}
	if c.store != nil {
		if value, found, err = c.lookupStore(); found || err != nil {
			return value, found, err
		}
	}
	if c.errors != nil {
		if age, ok, kept := c.keptError(); ok {
			if c.before != nil && c.before.standsIn {
				c.note("an error is remembered, serving the old value: %v", kept)
				return c.serveFallback(*c.before), true, nil
			}
			c.age = age
			c.outcome, c.reason, c.failure = metrics.Hit, metrics.NoReason, metrics.ErrorFunction
			c.note("an error is remembered: %v", kept)
			return value, true, kept
		}
	}
	if c.o.hasMaxAge && c.o.maxAge < 0 {
		c.reason = metrics.ReasonTooOld // as any value would be
	}
	return value, false, nil
}

// lookupStore reads the backend, and fills the tier in front of it.
func (c *call[K, V]) lookupStore() (value V, found bool, err error) {
	e, reason, err := c.readStore()
	c.countLookup(metrics.TierBackend, lookupResult(reason, err))
	switch {
	case reason == metrics.ReasonCanceled:
		c.outcome, c.reason = metrics.Miss, reason
		c.failure = endOf(c.ctx)
		return value, false, c.ctx.Err()
	case err != nil && c.strict:
		c.outcome, c.reason, c.failure = metrics.Miss, reason, metrics.ErrorBackend
		return value, false, err
	case reason != metrics.NoReason:
		if c.reason == metrics.ReasonAbsent || reason != metrics.ReasonAbsent {
			c.reason = reason
		}
		if err != nil {
			c.note("not usable from the backend: %v: %v", reason, err)
		} else {
			c.note("not usable from the backend: %v", reason)
		}
		return value, false, nil
	}
	if value, found = c.consider(e); found {
		c.fill(e)
	}
	return value, found, nil
}

// readStore gets the entry of the call's key, unless that may not be served
// because its invalidation failed.
func (c *call[K, V]) readStore() (entry[V], metrics.Reason, error) {
	if c.blocked = !c.store.cleared(c.ctx, c.text); c.blocked {
		return entry[V]{}, metrics.ReasonBackendError, ErrBlocked
	}
	return c.store.get(c.ctx, c.text)
}

// fill puts what the backend had into the tier in front of it, unless it may be
// out of date by now.
func (c *call[K, V]) fill(e entry[V]) {
	if !c.local.exists() {
		return
	}
	fs := c.flights
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.clearing == 0 && fs.invalidating[c.text] == 0 && fs.storing[c.text] == nil && fs.version(c.hash) == c.seen {
		c.putLocal(c.key, c.text, e, c.since)
	}
}

// consider serves a stored value if it may be, and starts its refresh if that
// is due. If it may not be served, it settles the reason of the miss.
func (c *call[K, V]) consider(e entry[V]) (value V, ok bool) {
	age := time.Duration(c.now() - e.created)
	rules := &c.freshness
	inFront := c.store != nil && e.tier == metrics.TierLocal
	if inFront {
		rules = &freshness{} // its TTL is that tier's; staleness is the backend's to tell
	}
	state := rules.judge(age, e.ttl, &c.o)
	c.noteFound(e, age, state)
	if inFront && state != fresh {
		return value, false
	}
	c.tier = e.tier
	switch state {
	case fresh, ahead:
		c.outcome, c.reason = metrics.Hit, metrics.NoReason
	case servable:
		c.outcome, c.reason = metrics.Stale, metrics.ReasonRevalidate
		c.pastTTL = age - e.ttl
	case tooOld:
		c.reason, c.before = metrics.ReasonTooOld, &e
		return value, false
	default:
		e.standsIn = state == fallback
		c.reason, c.before = metrics.ReasonExpired, &e
		return value, false
	}
	c.serve(e, age)
	switch state {
	case ahead:
		c.refreshBehind(&e, metrics.TriggerAhead)
	case servable:
		c.refreshBehind(&e, metrics.TriggerRevalidate)
	}
	return e.value, true
}

// serve notes what is known of the value that the call answers with.
func (c *call[K, V]) serve(e entry[V], age time.Duration) {
	c.age, c.ttl, c.cost, c.size = age, e.ttl, e.cost, e.size
	if e.tier == metrics.TierLocal {
		c.local.mark(c.key, c.text)
	}
}

// bypass computes without reading or storing anything.
func (c *call[K, V]) bypass(reason metrics.Reason) (V, error) {
	c.outcome, c.reason = metrics.Bypass, reason
	return c.direct(metrics.TriggerBypass)
}
