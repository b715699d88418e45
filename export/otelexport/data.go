package otelexport

import (
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/metrics"
)

// newRow returns one with room for so many points.
func newRow(m *metrics.Metric, whole bool, size int) *row {
	r := &row{metric: *m, whole: whole}
	switch {
	case m.Kind == metrics.KindHistogram:
		r.hists = make([]metricdata.ExponentialHistogramDataPoint[float64], 0, size)
	case whole:
		r.ints = make([]metricdata.DataPoint[int64], 0, size)
	default:
		r.floats = make([]metricdata.DataPoint[float64], 0, size)
	}
	return r
}

// add appends a point. Gauges have no start.
func (r *row) add(set attribute.Set, value float64, start, now time.Time) {
	if r.metric.Kind == metrics.KindGauge {
		start = time.Time{}
	}
	if r.whole {
		r.ints = append(r.ints, metricdata.DataPoint[int64]{Attributes: set, StartTime: start, Time: now, Value: int64(value)})
		return
	}
	r.floats = append(r.floats, metricdata.DataPoint[float64]{Attributes: set, StartTime: start, Time: now, Value: value})
}

// points is how many there are.
func (r *row) points() int { return len(r.ints) + len(r.floats) + len(r.hists) }

// metrics returns all that was gathered, as the SDK has it.
func (c *collection) metrics() []metricdata.Metrics {
	var all []metricdata.Metrics
	for _, name := range c.names {
		if r := c.rows[name]; r.points() > 0 {
			all = append(all, metricdata.Metrics{Name: name, Description: r.metric.Help, Unit: r.metric.Unit, Data: r.data(c.as)})
		}
	}
	return all
}

func (r *row) data(as temporality) metricdata.Aggregation {
	switch {
	case r.metric.Kind == metrics.KindHistogram:
		return metricdata.ExponentialHistogram[float64]{DataPoints: r.hists, Temporality: as.histograms}
	case r.metric.Kind == metrics.KindGauge && r.whole:
		return metricdata.Gauge[int64]{DataPoints: r.ints}
	case r.metric.Kind == metrics.KindGauge:
		return metricdata.Gauge[float64]{DataPoints: r.floats}
	case r.whole:
		return metricdata.Sum[int64]{DataPoints: r.ints, Temporality: as.sums, IsMonotonic: true}
	default:
		return metricdata.Sum[float64]{DataPoints: r.floats, Temporality: as.sums, IsMonotonic: true}
	}
}

// histogram makes a data point. OpenTelemetry counts buckets by their lower
// bounds, package metrics by their upper ones.
func histogram(b metrics.Buckets, set attribute.Set, start, now time.Time) metricdata.ExponentialHistogramDataPoint[float64] {
	p := metricdata.ExponentialHistogramDataPoint[float64]{
		Attributes: set, StartTime: start, Time: now,
		Count: b.Count, Sum: b.Sum, Scale: metrics.Schema, ZeroCount: b.ZeroCount,
	}
	first, last := math.MaxInt, math.MinInt
	for i := range b.All() {
		first, last = min(first, i), i
	}
	if first > last {
		return p
	}
	p.PositiveBucket.Offset = int32(first - 1)
	p.PositiveBucket.Counts = make([]uint64, last-first+1)
	for i, n := range b.All() {
		p.PositiveBucket.Counts[i-first] = n
	}
	return p
}
