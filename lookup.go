package cachier

import (
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// lookup reads the tiers. It has set outcome and reason when it has found a
// value to serve, and the reason of the miss when it has not.
func (c *call[K, V]) lookup() (value V, found bool, err error) {
	c.reason, c.before = metrics.ReasonAbsent, nil
	c.seen = c.flights.of(c.hash).version(c.hash) // before anything is looked at
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
	fs := c.flights.of(c.hash)
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
