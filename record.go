package cachier

import (
	"context"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// record counts the call, once, and tells the caller what was asked for.
func (c *call[K, V]) record(value V, err error) {
	duration := time.Duration(clock.Now() - c.begun)
	if r := c.recorder; r != nil {
		m := metrics.Call{
			Outcome: c.outcome, Reason: c.reason, Err: c.failure,
			Duration: duration, Overhead: max(duration-c.computed-c.waited, 1),
			Age: c.age, StaleFor: c.pastTTL, Cost: c.cost, Size: c.size,
			KeyHash: c.hash,
		}
		if c.logs.reveal {
			m.Key = c.text
		}
		if c.price != nil && err == nil && (c.outcome == metrics.Hit || c.outcome == metrics.Stale) {
			m.Price = c.price(c.key, value)
		}
		r.Record(m)
	}
	if c.o.info != nil {
		*c.o.info = CallInfo{
			Outcome: c.outcome, Reason: c.reason, Duration: duration, Computed: c.computed, Waited: c.waited,
			Age: c.age, TTL: c.ttl, Cost: c.cost, Tier: c.tier,
		}
	}
	if c.o.explain != nil {
		*c.o.explain = Explanation{Outcome: c.outcome, Reason: c.reason, Steps: c.steps}
	}
}

// countLookup counts one look-up in a tier, unless it only repeats an earlier
// one of the same call.
func (c *call[K, V]) countLookup(t metrics.Tier, result metrics.Result) {
	if !c.again {
		c.recorder.TierLookup(t, result)
	}
}

// observe tells the observer, if there is one, that something slow begins.
func (e *engine[K, V]) observe(ctx context.Context, op metrics.Op) (context.Context, func(metrics.Result)) {
	if e.observer == nil {
		return ctx, func(metrics.Result) {}
	}
	op.Cache, op.Backend = e.name, e.kind
	ctx, end := e.observer.Start(ctx, op)
	if end == nil {
		end = func(metrics.Result) {}
	}
	return ctx, end
}

// gauges fills in what the Func knows of itself at this moment.
func (f *Func[K, V]) gauges(g *metrics.Gauges) {
	e := f.built.Load()
	if e == nil {
		return
	}
	if s := e.store; s != nil {
		g.CircuitRead, g.CircuitWrite = s.circuits.gauges()
		s.gauges(&g.Tiers[metrics.TierBackend])
	}
	if !e.local.exists() {
		return
	}
	t := &g.Tiers[metrics.TierLocal]
	entries, weight, maxEntries, maxWeight := e.local.size()
	t.Entries = int64(entries)
	if e.sizing == sizeAll {
		t.Size = weight
	}
	if maxEntries > 0 {
		t.EntriesLimit = int64(maxEntries)
	}
	if maxWeight > 0 {
		t.SizeLimit = maxWeight
	}
}
