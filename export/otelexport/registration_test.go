package otelexport_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// provided is a provider with one reader, as somebody else has made it.
func provided(t testing.TB, opts ...sdkmetric.ManualReaderOption) (metric.MeterProvider, *sdkmetric.ManualReader) {
	t.Helper()
	reader := sdkmetric.NewManualReader(opts...)
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) }) // of a reader by hand: nothing to fail
	return provider, reader
}

func register(t testing.TB, provider metric.MeterProvider, source metrics.Source, opts ...otelexport.Option) *otelexport.Registration {
	t.Helper()
	r, err := otelexport.Register(provider, source, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read collects what a reader has, of one scope or none.
func read(t testing.TB, reader sdkmetric.Reader) metricdata.ScopeMetrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	switch len(all.ScopeMetrics) {
	case 0:
		return metricdata.ScopeMetrics{}
	case 1:
		return all.ScopeMetrics[0]
	}
	t.Fatalf("%d scopes", len(all.ScopeMetrics))
	return metricdata.ScopeMetrics{}
}

// Instruments have what a producer has, but histograms: the same names, units,
// attributes and values.
func TestInstrumentsAreWhatAProducerHas(t *testing.T) {
	registry := metrics.NewRegistry()
	traffic.Everything(traffic.Recorder(t, registry, "reports", metrics.RecorderOptions{
		Backend: "redis", Labels: map[string]string{"team": "search"}, Gauges: traffic.Gauges,
	}), 20)
	traffic.Hits(traffic.Recorder(t, registry, "users.fetch", metrics.RecorderOptions{}), 3)
	everywhere := source{registry}
	provider, reader := provided(t)
	r := register(t, provider, everywhere)
	scope, err := collect(t, otelexport.NewProducer(everywhere))
	if err != nil {
		t.Fatal(err)
	}
	want := points(t, scope)
	maps.DeleteFunc(want, func(_ string, p point) bool { return p.hist != nil })

	read(t, reader) // sees what stores tell of themselves, which is there from then on
	var got map[string]point
	for deadline := time.Now().Add(time.Minute); len(got) < len(want) && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		instruments := read(t, reader)
		if instruments.Scope.Name != scope.Scope.Name || instruments.Scope.Version != scope.Scope.Version {
			t.Fatalf("%+v", instruments.Scope)
		}
		got = points(t, instruments)
	}
	for name, p := range want {
		q, ok := got[name]
		if !ok || q.value != p.value && !strings.HasPrefix(name, "cachier.storage.age") || q.counter != p.counter ||
			q.metric.Unit != p.metric.Unit || q.metric.Description != p.metric.Description {
			t.Errorf("%s: %+v, want %+v", name, q, p)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s comes from nowhere", name)
	}

	if err := errors.Join(r.Unregister(), r.Unregister()); err != nil {
		t.Error(err)
	}
	if left := read(t, reader); len(left.Metrics) > 0 {
		t.Errorf("%d metrics are left", len(left.Metrics))
	}
}

// Sums have the temporality of the reader; options hold.
func TestInstrumentsOfDeltas(t *testing.T) {
	f, g := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), traffic.Recorder(t, nil, "g", metrics.RecorderOptions{})
	provider, reader := provided(t, sdkmetric.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector))
	register(t, provider, metrics.Join(f, g), otelexport.WithSelect(func(cache string, m *metrics.Metric) bool {
		return cache == "f" && m.OTel == "cachier.requests"
	}))
	for _, n := range []int{3, 0, 4} {
		traffic.Hits(f, n)
		traffic.Hits(g, n)
		sum := 0.0
		for name, p := range pointsAs(t, read(t, reader), delta, delta) {
			if p.metric.Name != "cachier.requests" || strings.Contains(name, `"Value":"g"`) {
				t.Errorf("%s is not wanted", name)
			}
			sum += p.value
		}
		if sum != float64(n) {
			t.Errorf("%v calls, want %d", sum, n)
		}
	}
}

// A producer of histograms and instruments of the rest are everything once.
func TestInstrumentsBesideAProducer(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: traffic.Gauges})
	traffic.Everything(r, 2)
	provider, reader := provided(t, sdkmetric.WithProducer(otelexport.NewProducer(r,
		otelexport.WithSelect(func(_ string, m *metrics.Metric) bool { return m.Kind == metrics.KindHistogram }))))
	register(t, provider, r)
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if seen[m.Name] {
				t.Errorf("%s comes twice", m.Name)
			}
			seen[m.Name] = true
		}
	}
	for s := range r.Snapshot().Series() {
		if !seen[s.Metric.OTel] {
			t.Errorf("%s is missing", s.Metric.OTel)
		}
	}
}

func TestWrongRegistration(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	provider, _ := provided(t)
	for want, try := range map[string]func() (*otelexport.Registration, error){
		"metrics.Default()": func() (*otelexport.Registration, error) { return otelexport.Register(provider, nil) },
		"no metrics": func() (*otelexport.Registration, error) {
			return otelexport.Register(provider, (*metrics.Recorder)(nil))
		},
		"WithTemporality": func() (*otelexport.Registration, error) {
			return otelexport.Register(provider, r, otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector))
		},
	} {
		if made, err := try(); made != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Readers collect while stores come up with new figures, and while the
// instruments are taken away.
func TestUnregisterWhileCollecting(t *testing.T) {
	f := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	provider, reader := provided(t)
	for range 20 {
		r := register(t, provider, source{f})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for range 5 {
					traffic.Hits(f, 1)
					var all metricdata.ResourceMetrics
					if err := reader.Collect(context.Background(), &all); err != nil {
						t.Error(err)
					}
				}
			})
		}
		if err := r.Unregister(); err != nil {
			t.Error(err)
		}
		readers.Wait()
	}
	if left := read(t, reader); len(left.Metrics) > 0 {
		t.Errorf("%d metrics are left", len(left.Metrics))
	}
}
