package otelexport_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// again registers what is registered already.
func again(t *testing.T, provider *sdkmetric.MeterProvider, source metrics.Source) {
	t.Helper()
	r, err := otelexport.Register(provider, source)
	if r != nil || err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("registered twice: %v", err)
	}
}

func TestRegisterTwice(t *testing.T) {
	f, g := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), traffic.Recorder(t, nil, "g", metrics.RecorderOptions{})
	traffic.Hits(f, 3)
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	other, _ := provided(t)
	first := register(t, provider, f)
	again(t, provider, f)
	register(t, provider, g)
	register(t, other, f)
	if got := values(t, reader)["cachier.requests"]; got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
	if err := first.Unregister(); err != nil {
		t.Error(err)
	}
	register(t, provider, f)
	again(t, provider, f)
	if got := values(t, reader)["cachier.requests"]; got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
	for range 2 { // they can't be compared
		register(t, provider, metrics.Join(g))
		register(t, provider, metrics.Filter(g, func(metrics.Snapshot) bool { return false }))
		register(t, provider, metrics.SourceFunc(g.Snapshots))
	}
}

// global is what the global provider is set to, once: it hands on to the first.
var global = sync.OnceValues(func() (*sdkmetric.MeterProvider, sdkmetric.Reader) {
	reader := sdkmetric.NewManualReader()
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), reader
})

// The global provider is what it is set to.
func TestRegisterTwiceGlobally(t *testing.T) {
	provider, reader := global()
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	first := register(t, nil, r)
	defer func() {
		if err := first.Unregister(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := otelexport.Register(nil, r); err == nil {
		t.Error("registered twice")
	}
	otel.SetMeterProvider(provider)
	if _, err := otelexport.Register(nil, r); err == nil {
		t.Error("registered twice, once before the provider was set")
	}
	again(t, provider, r)
	traffic.Hits(r, 3)
	if got := values(t, reader)["cachier.requests"]; got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
}

// Sources with a function in common: counters add up, the last one's gauges
// remain.
func TestRegisterTheSameFunctionOfTwoSources(t *testing.T) {
	provider, reader := provided(t)
	for i := range 2 {
		r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) {
			g.Tiers[metrics.TierLocal] = metrics.TierGauges{Entries: int64(100 * (i + 1))}
		}})
		traffic.Hits(r, 3+i)
		register(t, provider, r)
	}
	requests, entries := 0.0, 0.0
	for name, p := range points(t, read(t, reader)) {
		switch {
		case p.metric.Name == "cachier.requests":
			requests += p.value
		case p.metric.Name == "cachier.entry.count" && strings.Contains(name, `"local"`):
			entries = p.value
		}
	}
	if requests != 7 || entries != 200 {
		t.Errorf("%v requests and %v entries, want 7 and 200", requests, entries)
	}
}

// One producer is asked by several readers while functions come and go, and while
// instruments of the same source are collected: attributes that are remembered
// from one collection to the next are nobody else's, and no reader's count falls.
func TestConcurrentCollections(t *testing.T) {
	for name, opts := range map[string][]otelexport.Option{
		"cumulative": nil,
		"deltas":     {otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector)},
	} {
		registry := metrics.NewRegistry()
		all := []*metrics.Recorder{}
		for _, label := range []string{"a", "b", "c"} {
			all = append(all, traffic.Recorder(t, registry, "f", metrics.RecorderOptions{Labels: map[string]string{"zone": label}}))
			traffic.Everything(all[len(all)-1], 2)
		}
		producer := otelexport.NewProducer(registry, opts...)
		var sum atomic.Int64
		var readers sync.WaitGroup
		for range 3 {
			reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(producer))
			registered := sdkmetric.NewManualReader()
			provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithReader(registered))
			register(t, provider, registry, otelexport.WithSelect(func(_ string, m *metrics.Metric) bool {
				return m.OTel != "cachier.requests" // which would come twice
			}))
			for _, each := range []*sdkmetric.ManualReader{reader, registered} {
				readers.Go(func() {
					for range 20 {
						traffic.Hits(all[0], 1)
						var got metricdata.ResourceMetrics
						if err := each.Collect(context.Background(), &got); err != nil {
							t.Error(err)
						}
						sum.Add(requestsIn(t, got))
					}
				})
			}
		}
		readers.Go(func() {
			for i := range 20 {
				g := traffic.Recorder(t, registry, "g", metrics.RecorderOptions{Labels: map[string]string{"zone": string(rune('a' + i))}})
				traffic.Everything(g, 1)
			}
		})
		readers.Wait()
		last := sdkmetric.NewManualReader(sdkmetric.WithProducer(producer))
		_ = sdkmetric.NewMeterProvider(sdkmetric.WithReader(last))
		var got metricdata.ResourceMetrics
		if err := last.Collect(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		total := requestsIn(t, got)
		if opts != nil {
			total += sum.Load()
		}
		want := int64(3*2*6 + 6*20 + 20*6)
		if total != want {
			t.Errorf("%s: %d requests, want %d", name, total, want)
		}
	}
}

// requestsIn adds up calls, of which no two have the same attributes.
func requestsIn(t *testing.T, all metricdata.ResourceMetrics) (n int64) {
	t.Helper()
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Name != "cachier.requests" {
				continue
			}
			seen := map[any]bool{}
			for _, p := range sum.DataPoints {
				if id := p.Attributes.Equivalent(); seen[id] {
					t.Errorf("%v comes twice", p.Attributes.ToSlice())
				} else {
					seen[id] = true
				}
				n += p.Value
			}
		}
	}
	return n
}
