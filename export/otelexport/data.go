package otelexport

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/metrics"
)

// metrics returns all that was gathered, as the SDK has it.
func (c *collection) metrics() []metricdata.Metrics {
	var all []metricdata.Metrics
	for _, name := range c.names {
		r := c.rows[name]
		all = append(all, metricdata.Metrics{Name: name, Description: r.metric.Help, Unit: r.metric.Unit, Data: r.data()})
	}
	return all
}

func (r *row) data() metricdata.Aggregation {
	switch {
	case r.metric.Kind == metrics.KindHistogram:
		return metricdata.ExponentialHistogram[float64]{DataPoints: r.hists, Temporality: metricdata.CumulativeTemporality}
	case r.metric.Kind == metrics.KindGauge && r.whole:
		return metricdata.Gauge[int64]{DataPoints: r.ints}
	case r.metric.Kind == metrics.KindGauge:
		return metricdata.Gauge[float64]{DataPoints: r.floats}
	case r.whole:
		return metricdata.Sum[int64]{DataPoints: r.ints, Temporality: metricdata.CumulativeTemporality, IsMonotonic: true}
	default:
		return metricdata.Sum[float64]{DataPoints: r.floats, Temporality: metricdata.CumulativeTemporality, IsMonotonic: true}
	}
}

// histogram makes a data point. OpenTelemetry counts buckets by their lower
// bounds, package metrics by their upper ones.
func histogram(b metrics.Buckets, set attribute.Set, start, now time.Time) metricdata.ExponentialHistogramDataPoint[float64] {
	p := metricdata.ExponentialHistogramDataPoint[float64]{
		Attributes: set, StartTime: start, Time: now,
		Count: b.Count, Sum: b.Sum, Scale: metrics.Schema, ZeroCount: b.ZeroCount,
	}
	first := true
	for i, n := range b.All() {
		at := int32(i - 1)
		if first {
			p.PositiveBucket.Offset, first = at, false
		}
		for int(at-p.PositiveBucket.Offset) > len(p.PositiveBucket.Counts) {
			p.PositiveBucket.Counts = append(p.PositiveBucket.Counts, 0)
		}
		p.PositiveBucket.Counts = append(p.PositiveBucket.Counts, n)
	}
	return p
}
