package otelexport

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"

	"github.com/cachier-go/cachier/metrics"
)

// counters are those that the instruments of one callback had last. The SDK makes
// deltas of what it observes, and forgets what it doesn't: after a collection
// without a counter, the next one has its total again.
type counters struct {
	mu   sync.Mutex // protects rows; held while reading, so that they are of the latest collection and don't fall
	rows map[string]*row
}

// read collects for the instruments of one callback. Counters that can't be known
// stay where they were.
func (r *Registration) read(ctx context.Context, catalog bool, before *counters) (*collection, error) {
	out := newCollection(&r.in.options)
	out.keep = r.keep
	_, fallible := r.in.source.(metrics.FallibleSource)
	if fallible || !catalog {
		before.mu.Lock()
		defer before.mu.Unlock()
	}
	if !catalog {
		r.in.others(ctx, out)
		before.fill(out) // a store that can't be asked is left out
		before.keep(out)
		return out, nil
	}
	functions, err := r.in.functions(ctx)
	if err != nil {
		before.fill(out)
		return out, unread(ctx, err)
	}
	r.in.collect(ctx, functions, out)
	r.discover(out)
	if fallible {
		before.keep(out)
	}
	return out, nil
}

// keep takes the place of what was before. Nobody changes the rows any more.
func (c *counters) keep(out *collection) {
	c.rows = map[string]*row{}
	for name, r := range out.rows {
		if r.metric.Kind == metrics.KindCounter {
			c.rows[name] = r
		}
	}
}

// fill adds what is missing.
func (c *counters) fill(out *collection) {
	for name, last := range c.rows {
		r := out.rows[name]
		if r == nil {
			out.rows[name] = last
			continue
		}
		if r.metric.Kind != last.metric.Kind || r.whole != last.whole {
			continue
		}
		seen := map[attribute.Distinct]bool{}
		for _, p := range r.ints {
			seen[p.Attributes.Equivalent()] = true
		}
		for _, p := range r.floats {
			seen[p.Attributes.Equivalent()] = true
		}
		for _, p := range last.ints {
			if !seen[p.Attributes.Equivalent()] {
				r.ints = append(r.ints, p)
			}
		}
		for _, p := range last.floats {
			if !seen[p.Attributes.Equivalent()] {
				r.floats = append(r.floats, p)
			}
		}
	}
}
