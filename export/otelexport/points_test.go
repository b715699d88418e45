package otelexport_test

import (
	"context"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// collect asks p as a reader of the SDK does.
func collect(t testing.TB, p sdkmetric.Producer) (metricdata.ScopeMetrics, error) {
	t.Helper()
	reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(p))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	defer func() { _ = provider.Shutdown(context.Background()) }() // of a reader by hand: nothing to fail
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		return metricdata.ScopeMetrics{}, err
	}
	switch len(all.ScopeMetrics) {
	case 0:
		return metricdata.ScopeMetrics{}, nil
	case 1:
		return all.ScopeMetrics[0], nil
	}
	t.Fatalf("%d scopes", len(all.ScopeMetrics))
	return metricdata.ScopeMetrics{}, nil
}

// point is any data point.
type point struct {
	metric  metricdata.Metrics
	value   float64
	hist    *metricdata.ExponentialHistogramDataPoint[float64]
	start   time.Time
	end     time.Time
	counter bool
}

// points are all of a scope of sums that are cumulative, by name and attributes.
func points(t testing.TB, scope metricdata.ScopeMetrics) map[string]point {
	t.Helper()
	return pointsAs(t, scope, metricdata.CumulativeTemporality, metricdata.CumulativeTemporality)
}

// pointsAs are all of a scope.
func pointsAs(t testing.TB, scope metricdata.ScopeMetrics, sums, histograms metricdata.Temporality) map[string]point {
	t.Helper()
	all := map[string]point{}
	put := func(m metricdata.Metrics, attributes interface{ MarshalJSON() ([]byte, error) }, p point) {
		t.Helper()
		text, err := attributes.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		name := m.Name + string(text)
		if _, ok := all[name]; ok {
			t.Errorf("%s comes twice", name)
		}
		p.metric = m
		all[name] = p
	}
	for _, m := range scope.Metrics {
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			is(t, m, data.Temporality, sums, data.IsMonotonic)
			for _, d := range data.DataPoints {
				put(m, &d.Attributes, point{value: float64(d.Value), start: d.StartTime, end: d.Time, counter: true})
			}
		case metricdata.Sum[float64]:
			is(t, m, data.Temporality, sums, data.IsMonotonic)
			for _, d := range data.DataPoints {
				put(m, &d.Attributes, point{value: d.Value, start: d.StartTime, end: d.Time, counter: true})
			}
		case metricdata.Gauge[int64]:
			for _, d := range data.DataPoints {
				put(m, &d.Attributes, point{value: float64(d.Value)})
			}
		case metricdata.Gauge[float64]:
			for _, d := range data.DataPoints {
				put(m, &d.Attributes, point{value: d.Value})
			}
		case metricdata.ExponentialHistogram[float64]:
			is(t, m, data.Temporality, histograms, true)
			for _, d := range data.DataPoints {
				put(m, &d.Attributes, point{hist: &d, start: d.StartTime, end: d.Time})
			}
		default:
			t.Errorf("%s is a %T", m.Name, data)
		}
	}
	return all
}

func is(t testing.TB, m metricdata.Metrics, got, want metricdata.Temporality, monotonic bool) {
	t.Helper()
	if got != want || !monotonic {
		t.Errorf("%s: %v, monotonic: %v", m.Name, got, monotonic)
	}
}
