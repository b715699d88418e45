package otelexport_test

import (
	"context"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/metrics"
)

// recorder makes one, in a registry or in none.
func recorder(t testing.TB, registry *metrics.Registry, name string, o metrics.RecorderOptions) *metrics.Recorder {
	t.Helper()
	r, err := metrics.NewRecorder(name, o)
	if err != nil {
		t.Fatal(err)
	}
	if registry != nil {
		if err := registry.Register(r); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// hit records n hits.
func hit(r *metrics.Recorder, n int) {
	for range n {
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: time.Second, StaleFor: metrics.Unknown})
	}
}

// everything records each kind of event, n times, always the same.
func everything(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(1+i*i) * time.Millisecond
		for _, call := range []metrics.Call{
			{Outcome: metrics.Hit, Age: time.Second, StaleFor: metrics.Unknown, Cost: 50 * time.Millisecond},
			{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Err: metrics.ErrorFunction},
			{Outcome: metrics.Coalesced},
			{Outcome: metrics.Stale, Reason: metrics.ReasonRevalidate, Age: time.Hour, StaleFor: time.Minute, Price: 0.25},
			{Outcome: metrics.Bypass, Reason: metrics.ReasonRefresh},
		} {
			call.Duration, call.Overhead = took, took/4
			r.Record(call)
		}
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took, Changed: metrics.Unchanged, Price: 0.5})
		r.Wait(metrics.ScopeProcess, metrics.ResultOK, took)
		r.Operation(metrics.OperationPut, metrics.ResultOK, took)
		r.BackendOperation(metrics.BackendGet, metrics.ResultNotFound, took)
		r.TierLookup(metrics.TierBackend, metrics.ResultNotFound)
		r.Stored(int64(100 * (i + 1)))
		r.Reject(metrics.RejectSizeLimit, 1<<20)
		r.Remove(metrics.RemovalEvent{Tier: metrics.TierLocal, Reason: metrics.RemovalCapacity, Read: metrics.ReadNo, Age: took})
		r.SkipRefresh(metrics.SkipPoolFull)
	}
	r.AddInFlight(1)
	r.AddWaiters(1)
}

// gauges fills in all of them.
func gauges(g *metrics.Gauges) {
	g.Tiers[metrics.TierLocal] = metrics.TierGauges{Entries: 900, EntriesLimit: 1000, Size: 1 << 20, SizeLimit: 1 << 30}
	g.Tiers[metrics.TierBackend] = metrics.TierGauges{
		Entries: 5000, EntriesLimit: -1, Size: 1 << 32, SizeLimit: -1, SizeAge: 1500 * time.Millisecond,
	}
	g.CircuitRead, g.CircuitWrite = 0, 1
}

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
