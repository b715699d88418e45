package otelexport

import (
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
	last, now map[attribute.Distinct]metrics.Snapshot // by function, of the last collection and of the one under way
	others    map[otherKey]float64                    // counters that belong to no function
	at        time.Time                               // of the last collection
}

type otherKey struct {
	metric     string
	attributes attribute.Distinct
}

func newCursor() *cursor {
	return &cursor{now: map[attribute.Distinct]metrics.Snapshot{}, others: map[otherKey]float64{}}
}

// begin begins a collection. A function that was not in the last one is forgotten.
func (c *cursor) begin() {
	c.last, c.now = c.now, make(map[attribute.Distinct]metrics.Snapshot, len(c.now))
}

// since returns what a function has counted since the last collection.
func (c *cursor) since(f *function) metrics.Snapshot {
	c.now[f.id] = f.snapshot
	return f.snapshot.Minus(c.last[f.id])
}

// add returns by how much a counter rose that belongs to no function.
func (c *cursor) add(metric string, set attribute.Set, value float64) float64 {
	key := otherKey{metric, set.Equivalent()}
	rise := value - c.others[key]
	c.others[key] = value
	return rise
}
