package otelexport

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/metrics"
)

// temporality is what sums and histograms are: everything since counting began,
// or what came since the last collection.
type temporality struct{ sums, histograms metricdata.Temporality }

var cumulative = temporality{metricdata.CumulativeTemporality, metricdata.CumulativeTemporality}

// temporalityOf asks a selector.
func temporalityOf(selector sdkmetric.TemporalitySelector) temporality {
	if selector == nil {
		return temporality{}
	}
	return temporality{selector(sdkmetric.InstrumentKindObservableCounter), selector(sdkmetric.InstrumentKindHistogram)}
}

// valid reports whether the selector has answered what there is.
func (t temporality) valid() bool {
	for _, one := range []metricdata.Temporality{t.sums, t.histograms} {
		if one != metricdata.CumulativeTemporality && one != metricdata.DeltaTemporality {
			return false
		}
	}
	return true
}

// of is the one of a kind of metric. Gauges are what they are.
func (t temporality) of(k metrics.Kind) metricdata.Temporality {
	switch k {
	case metrics.KindCounter:
		return t.sums
	case metrics.KindHistogram:
		return t.histograms
	default:
		return metricdata.CumulativeTemporality
	}
}

// cursor is how far a producer of deltas has got.
type cursor struct {
	last, now map[attribute.Distinct]*function        // of the last collection and of the one under way
	left      map[attribute.Distinct]metrics.Snapshot // of the last collection alone, by kin
	others    map[otherKey]float64                    // counters that belong to no function
	at        time.Time                               // of the last collection
}

type otherKey struct {
	metric     string
	attributes attribute.Distinct
}

func newCursor() *cursor {
	return &cursor{now: map[attribute.Distinct]*function{}, others: map[otherKey]float64{}}
}

// begin begins a collection. A function that was not in the last one is forgotten.
func (c *cursor) begin(functions []*function) {
	c.last, c.now = c.now, make(map[attribute.Distinct]*function, len(functions))
	for _, f := range functions {
		c.now[f.id] = f
	}
	c.left = map[attribute.Distinct]metrics.Snapshot{}
	for id, f := range c.last {
		if c.now[id] == nil {
			c.left[f.kin()] = c.left[f.kin()].Plus(f.snapshot)
		}
	}
}

// since returns what a function has counted since the last collection. It may have
// had another backend then: one that is made anew on another kind of store adds up
// with the one before, and both are on none in particular.
func (c *cursor) since(f *function) metrics.Snapshot {
	if last := c.last[f.id]; last != nil {
		return since(f.snapshot, last.snapshot)
	}
	kin := f.kin()
	before := c.left[kin]
	delete(c.left, kin)
	return since(f.snapshot, before)
}

// since is what was counted since before. Counting that began after that has all of
// it: another function has taken the place of the one before in its source.
func since(s, before metrics.Snapshot) metrics.Snapshot {
	if s.Start.After(before.Start) && s.Start.After(before.To) {
		return s
	}
	return s.Minus(before)
}

// kin is what a function has in common with itself on another kind of store.
func (f *function) kin() attribute.Distinct {
	set := attribute.NewSet(slices.DeleteFunc(slices.Clone(f.common), func(a attribute.KeyValue) bool { return a.Key == "backend" })...)
	return set.Equivalent()
}

// add returns by how much a counter rose that belongs to no function.
func (c *cursor) add(metric string, set attribute.Set, value float64) float64 {
	key := otherKey{metric, set.Equivalent()}
	rise := value - c.others[key]
	c.others[key] = value
	return rise
}
