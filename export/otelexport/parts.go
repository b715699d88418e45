package otelexport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// partSize is how many data points a part has at most. An exporter makes of each
// point some hundreds of bytes in memory and a hundred to send, wide histograms a
// few times as many.
const partSize = 2000

// InParts returns an exporter that sends by another one, each collection in parts of at most 2,000 data points: some 300 kB of
// OTLP each, one after the other. A collection of any size then needs the memory of one part, and no request comes near the 4 MiB that
// receivers take by gRPC, unless names are of a kilobyte or more. Smaller collections are sent as they are.
//
// A part that can't be sent doesn't keep the next ones, until the context is done. The error says how many were not sent, and
// why. Of deltas those are lost, not the others.
//
// It may be used as the other may. A nil exporter is an error that goes to otel.Handle, now and at each export.
func InParts(exporter sdkmetric.Exporter) sdkmetric.Exporter {
	if exporter == nil {
		err := errors.New("otelexport: InParts: the exporter is nil")
		otel.Handle(err)
		return nowhere{err}
	}
	return inParts{exporter}
}

type inParts struct{ sdkmetric.Exporter }

func (e inParts) Export(ctx context.Context, all *metricdata.ResourceMetrics) error {
	if fits(all, partSize) {
		return e.Exporter.Export(ctx, all)
	}
	var sent int
	var failures []error
	for part := range parts(all, partSize) {
		err := ctx.Err()
		if err == nil {
			err = e.Exporter.Export(ctx, part)
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		sent++
	}
	if len(failures) == 0 {
		return nil
	}
	failed := len(failures)
	alike := func(a, b error) bool { return a.Error() == b.Error() }
	return fmt.Errorf("otelexport: %d of %d parts were not sent: %w", failed, failed+sent, errors.Join(slices.CompactFunc(failures, alike)...))
}

// fits reports whether a collection has so many data points at most.
func fits(all *metricdata.ResourceMetrics, size int) bool {
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			n, _ := points(m.Data)
			size -= n
		}
	}
	return size >= 0
}

// parts yields a collection by so many data points, the last time by fewer.
func parts(all *metricdata.ResourceMetrics, size int) iter.Seq[*metricdata.ResourceMetrics] {
	return func(yield func(*metricdata.ResourceMetrics) bool) {
		p := newPart(all, size)
		for _, scope := range all.ScopeMetrics {
			for _, m := range scope.Metrics {
				n, between := points(m.Data)
				for from := 0; from < n; {
					if p.room == 0 {
						if !yield(&p.ResourceMetrics) {
							return
						}
						p = newPart(all, size)
					}
					to := min(n, from+p.room)
					p.add(scope.Scope, m, between(from, to))
					p.room -= to - from
					from = to
				}
			}
		}
		yield(&p.ResourceMetrics)
	}
}

// part is one that is being made.
type part struct {
	metricdata.ResourceMetrics
	room int // for so many more points
}

func newPart(of *metricdata.ResourceMetrics, size int) *part {
	return &part{metricdata.ResourceMetrics{Resource: of.Resource}, size}
}

// add appends a metric with some of its points.
func (p *part) add(scope instrumentation.Scope, m metricdata.Metrics, data metricdata.Aggregation) {
	m.Data = data
	if n := len(p.ScopeMetrics); n == 0 || p.ScopeMetrics[n-1].Scope != scope {
		p.ScopeMetrics = append(p.ScopeMetrics, metricdata.ScopeMetrics{Scope: scope})
	}
	last := &p.ScopeMetrics[len(p.ScopeMetrics)-1]
	last.Metrics = append(last.Metrics, m)
}

// points returns how many data points there are, and the same with those between
// two of them. What the SDK may have one day and isn't known here is one point.
func points(data metricdata.Aggregation) (n int, between func(from, to int) metricdata.Aggregation) {
	switch d := data.(type) {
	case metricdata.Gauge[int64]:
		return cut(d.DataPoints, func(p []metricdata.DataPoint[int64]) metricdata.Aggregation { d.DataPoints = p; return d })
	case metricdata.Gauge[float64]:
		return cut(d.DataPoints, func(p []metricdata.DataPoint[float64]) metricdata.Aggregation { d.DataPoints = p; return d })
	case metricdata.Sum[int64]:
		return cut(d.DataPoints, func(p []metricdata.DataPoint[int64]) metricdata.Aggregation { d.DataPoints = p; return d })
	case metricdata.Sum[float64]:
		return cut(d.DataPoints, func(p []metricdata.DataPoint[float64]) metricdata.Aggregation { d.DataPoints = p; return d })
	case metricdata.Histogram[int64]:
		return cut(d.DataPoints, func(p []metricdata.HistogramDataPoint[int64]) metricdata.Aggregation { d.DataPoints = p; return d })
	case metricdata.Histogram[float64]:
		return cut(d.DataPoints, func(p []metricdata.HistogramDataPoint[float64]) metricdata.Aggregation { d.DataPoints = p; return d })
	case metricdata.ExponentialHistogram[int64]:
		return cut(d.DataPoints, func(p []metricdata.ExponentialHistogramDataPoint[int64]) metricdata.Aggregation {
			d.DataPoints = p
			return d
		})
	case metricdata.ExponentialHistogram[float64]:
		return cut(d.DataPoints, func(p []metricdata.ExponentialHistogramDataPoint[float64]) metricdata.Aggregation {
			d.DataPoints = p
			return d
		})
	case metricdata.Summary:
		return cut(d.DataPoints, func(p []metricdata.SummaryDataPoint) metricdata.Aggregation { d.DataPoints = p; return d })
	default:
		return 1, func(int, int) metricdata.Aggregation { return data }
	}
}

func cut[P any](all []P, with func([]P) metricdata.Aggregation) (n int, between func(from, to int) metricdata.Aggregation) {
	return len(all), func(from, to int) metricdata.Aggregation { return with(all[from:to:to]) }
}

// nowhere is an exporter that sends nothing.
type nowhere struct{ err error }

func (nowhere) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(k)
}

func (nowhere) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}

func (e nowhere) Export(context.Context, *metricdata.ResourceMetrics) error { return e.err }
func (nowhere) ForceFlush(context.Context) error                            { return nil }
func (nowhere) Shutdown(context.Context) error                              { return nil }
