package otelexport_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// handled are the errors that otel.Handle was given.
type handled struct {
	mu  sync.Mutex
	all []error
}

// handle has them from now on.
func handle() *handled {
	h := &handled{}
	otel.SetErrorHandler(h)
	return h
}

func (h *handled) Handle(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, err)
}

// take returns what came since it was called last.
func (h *handled) take() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.all
	h.all = nil
	return errors.Join(all...)
}

var errAway = errors.New("the store is away")

// failing is a source that can fail, with a counter of a store's own.
type failing struct {
	metrics.Source
	read    func(context.Context) error
	evicted func() float64 // below 0: the store doesn't tell
}

func (f *failing) ReadSnapshots(ctx context.Context) ([]metrics.Snapshot, error) {
	if err := f.read(ctx); err != nil {
		return nil, err
	}
	return metrics.ReadSnapshots(ctx, f.Source)
}

func (f *failing) Readings(context.Context) []metrics.Reading {
	if f.evicted == nil || f.evicted() < 0 {
		return nil
	}
	return []metrics.Reading{{Backend: "redis", Name: "evicted_keys", Unit: "{key}", Counter: true, Value: f.evicted()}}
}

// orders gives a provider a counter of the program's own.
func orders(t testing.TB, provider metric.MeterProvider) metric.Int64Counter {
	t.Helper()
	c, err := provider.Meter("shop").Int64Counter("orders")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// values collects, and adds up the whole sums of each metric.
func values(t testing.TB, reader sdkmetric.Reader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err) // a periodic reader would send nothing
	}
	sums := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					sums[m.Name] += p.Value
				}
			case metricdata.Sum[float64]:
				for _, p := range data.DataPoints {
					sums[m.Name] += int64(p.Value)
				}
			case metricdata.Gauge[int64]:
				sums[m.Name] = 0
			}
		}
	}
	return sums
}

// A source that can't be read costs the program none of its own metrics, and the
// deltas of a producer nothing.
func TestProducerOfASourceThatFails(t *testing.T) {
	errs := handle()
	for name, opts := range map[string][]otelexport.Option{
		"cumulative": nil,
		"deltas":     {otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector)},
	} {
		r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
		var away error
		source := &failing{Source: r, read: func(context.Context) error { return away }}
		provider, reader := provided(t, sdkmetric.WithProducer(otelexport.NewProducer(source, opts...)))
		own := orders(t, provider)
		total := int64(0)
		for i, fails := range []bool{false, true, true, false} {
			traffic.Hits(r, 2)
			own.Add(t.Context(), 1)
			if away = nil; fails {
				away = errAway
			}
			got := values(t, reader)
			if got["orders"] != int64(i+1) {
				t.Errorf("%s: %d orders, want %d", name, got["orders"], i+1)
			}
			if err := errs.take(); errors.Is(err, errAway) != fails {
				t.Errorf("%s: told %v", name, err)
			}
			if opts == nil {
				total = 0
			}
			total += got["cachier.requests"]
		}
		if total != 8 {
			t.Errorf("%s: %d requests, want 8", name, total)
		}
	}
}

// A producer that can't be has something to say, and nothing else.
func TestWrongProducerBesideOthers(t *testing.T) {
	errs := handle()
	producer := otelexport.NewProducer(nil)
	if err := errs.take(); err == nil || !strings.Contains(err.Error(), "metrics.Default()") {
		t.Errorf("told %v at first", err)
	}
	provider, reader := provided(t, sdkmetric.WithProducer(producer))
	orders(t, provider).Add(t.Context(), 3)
	if got := values(t, reader); got["orders"] != 3 {
		t.Errorf("%v", got)
	}
	if err := errs.take(); err == nil || !strings.Contains(err.Error(), "metrics.Default()") {
		t.Errorf("told %v at a collection", err)
	}
}

// Counters stay where they were while the source can't be read, so that a reader
// of deltas has each event once. Gauges are left out.
func TestInstrumentsOfASourceThatFails(t *testing.T) {
	errs := handle()
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: traffic.Gauges})
	var away error
	source := &failing{Source: r, read: func(context.Context) error { return away }}
	deltas, totals := sdkmetric.NewManualReader(sdkmetric.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector)), sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(deltas), sdkmetric.WithReader(totals))
	register(t, provider, source)
	own := orders(t, provider)
	for i, want := range []struct {
		fails         bool
		rose, counted int64
	}{{true, 0, 0}, {false, 4, 4}, {true, 0, 4}, {true, 0, 4}, {false, 6, 10}, {false, 2, 12}} {
		traffic.Hits(r, 2)
		own.Add(t.Context(), 1)
		if away = nil; want.fails {
			away = errAway
		}
		rose, counted := values(t, deltas), values(t, totals)
		if rose["orders"] != 1 || counted["orders"] != int64(i+1) {
			t.Errorf("%d: orders rose by %d to %d", i, rose["orders"], counted["orders"])
		}
		if rose["cachier.requests"] != want.rose || counted["cachier.requests"] != want.counted {
			t.Errorf("%d: requests rose by %d to %d, want %+v", i, rose["cachier.requests"], counted["cachier.requests"], want)
		}
		if _, ok := counted["cachier.entry.count"]; ok == want.fails {
			t.Errorf("%d: %v has gauges: %v", i, counted, ok)
		}
		if err := errs.take(); errors.Is(err, errAway) != want.fails {
			t.Errorf("%d: told %v", i, err)
		}
	}
}

// A store that doesn't answer once has its counters' deltas once, too.
func TestReadingsThatAreMissing(t *testing.T) {
	evicted := 7.0
	source := &failing{
		Source: traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), read: func(context.Context) error { return nil },
		evicted: func() float64 { return evicted },
	}
	provider, reader := provided(t, sdkmetric.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector))
	register(t, provider, source)
	const name = "cachier.backend.evicted_keys"
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if got := values(t, reader); got[name] == 7 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%v", got)
		}
	}
	for i, step := range []struct{ evicted, want float64 }{{-1, 0}, {9, 2}, {9, 0}} {
		evicted = step.evicted
		if got := values(t, reader); float64(got[name]) != step.want {
			t.Errorf("%d: rose by %v, want %v", i, got[name], step.want)
		}
	}
}

// A store that hangs leaves time for sending the rest.
func TestSourceThatHangs(t *testing.T) {
	errs := handle()
	synctest.Test(t, func(t *testing.T) {
		source := &failing{
			Source: metrics.SourceFunc(func() iter.Seq[metrics.Snapshot] { return nil }),
			read:   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		}
		for name, with := range map[string]func() *sdkmetric.ManualReader{
			"producer": func() *sdkmetric.ManualReader {
				provider, reader := provided(t, sdkmetric.WithProducer(otelexport.NewProducer(source)))
				orders(t, provider).Add(t.Context(), 1)
				return reader
			},
			"instruments": func() *sdkmetric.ManualReader {
				provider, reader := provided(t)
				register(t, provider, source)
				orders(t, provider).Add(t.Context(), 1)
				return reader
			},
		} {
			reader := with()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			var all metricdata.ResourceMetrics
			err := reader.Collect(ctx, &all)
			if err != nil || ctx.Err() != nil || len(all.ScopeMetrics) != 1 {
				t.Errorf("%s: %v, %v, %d scopes", name, err, ctx.Err(), len(all.ScopeMetrics))
			}
			cancel()
			if err := errs.take(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: told %v", name, err)
			}
		}
	})
}
