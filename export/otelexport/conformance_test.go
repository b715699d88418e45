package otelexport_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// The suite of pushing exporters, as far as it says something of a producer: what
// a reader collects, target after target, is what was counted. A target that fails
// belongs to the SDK's exporter: with cumulative sums nothing is lost by it, with
// deltas what it was sent is.
func TestConformance(t *testing.T) {
	t.Run("cumulative", func(t *testing.T) {
		metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
			b := newBackend()
			return newPushed(t, b), metricstest.Target{Received: b.received, Break: b.breakAfter, Hang: b.hang, Mend: b.mend}
		}})
	})
	t.Run("deltas", func(t *testing.T) {
		metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
			b := newBackend()
			return newPushed(t, b, otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector)), metricstest.Target{Received: b.received}
		}})
	})
}

// pushed is a producer behind what the suite drives: a source of the batch's
// totals, a reader, and what stands for the SDK's exporter.
type pushed struct {
	reader *sdkmetric.ManualReader
	to     *backend
	totals []metrics.Snapshot
	others []metrics.Reading
}

func newPushed(t testing.TB, to *backend, opts ...otelexport.Option) *pushed {
	t.Helper()
	p := &pushed{to: to}
	p.reader = sdkmetric.NewManualReader(sdkmetric.WithProducer(otelexport.NewProducer(p, opts...)))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(p.reader))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) }) // of a reader by hand: nothing to fail
	return p
}

// Snapshots and Readings are what the producer reads.
func (p *pushed) Snapshots() iter.Seq[metrics.Snapshot]      { return slices.Values(p.totals) }
func (p *pushed) Readings(context.Context) []metrics.Reading { return p.others }

func (p *pushed) Export(ctx context.Context, b metrics.Batch) error {
	p.totals = slices.Clone(b.Totals)
	others := slices.Clone(p.others)
	for _, s := range b.Others {
		one := metrics.Reading{
			Backend: s.Labels[0].Value, Name: strings.TrimPrefix(s.Metric.OTel, "cachier.backend."),
			Unit: s.Metric.Unit, Help: s.Metric.Help, Counter: s.Metric.Kind == metrics.KindCounter, Value: s.Value,
		}
		at := slices.IndexFunc(others, func(r metrics.Reading) bool { return r.Name == one.Name })
		switch {
		case at < 0:
			others = append(others, one)
		case one.Counter: // the batch has what was added
			others[at].Value += one.Value
		default:
			others[at] = one
		}
	}
	before := p.others
	p.others = others
	var all metricdata.ResourceMetrics
	err := p.reader.Collect(ctx, &all)
	if err == nil {
		err = p.to.take(ctx, all)
	}
	if err != nil {
		p.others = before // the next batch has them again
	}
	return err
}

// backend has what OpenTelemetry's backends have: the last value of what is
// cumulative, the sum of deltas.
type backend struct {
	mu    sync.Mutex // protects what follows
	known map[attribute.Distinct]float64
	left  int // how many exports it takes; negative: all
	hangs bool
}

func newBackend() *backend { return &backend{known: map[attribute.Distinct]float64{}, left: -1} }

func (b *backend) take(ctx context.Context, all metricdata.ResourceMetrics) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.hangs {
		b.mu.Unlock()
		time.Sleep(time.Millisecond)
		b.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if b.left == 0 {
		return errors.New("told to fail")
	}
	b.left--
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			b.add(m)
		}
	}
	return nil
}

func (b *backend) add(m metricdata.Metrics) {
	put := func(set attribute.Set, value float64, as metricdata.Temporality) {
		id := identity(m.Name, set.ToSlice())
		if as == metricdata.DeltaTemporality {
			value += b.known[id]
		}
		b.known[id] = value
	}
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			put(p.Attributes, float64(p.Value), data.Temporality)
		}
	case metricdata.Sum[float64]:
		for _, p := range data.DataPoints {
			put(p.Attributes, p.Value, data.Temporality)
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			put(p.Attributes, float64(p.Value), metricdata.CumulativeTemporality)
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			put(p.Attributes, p.Value, metricdata.CumulativeTemporality)
		}
	case metricdata.ExponentialHistogram[float64]:
		for _, p := range data.DataPoints {
			put(p.Attributes, float64(p.Count), data.Temporality)
		}
	}
}

// identity tells series apart. The suite's functions have one kind of store.
func identity(metric string, attributes []attribute.KeyValue) attribute.Distinct {
	all := []attribute.KeyValue{attribute.String("metric", metric)}
	for _, a := range attributes {
		all = append(all, attribute.String("of "+string(a.Key), a.Value.AsString()))
	}
	set := attribute.NewSet(all...)
	return set.Equivalent()
}

// ours are the names of attributes that static labels give way to.
var ours = func() map[string]bool {
	all := map[string]bool{"cache": true, "backend": true, "instance": true}
	for _, m := range metrics.Catalog() {
		for _, l := range m.Labels {
			all[l.Name] = true
		}
	}
	return all
}()

func (b *backend) received(s metricstest.Series) (float64, bool) {
	var all []attribute.KeyValue
	if s.Cache != "" {
		all = append(all, attribute.String("cache", otelexport.Escape(s.Cache)), attribute.String("backend", "memory"))
	}
	for name, value := range s.Static {
		if ours[name] || strings.HasPrefix(name, "label_") {
			name = "label_" + name
		}
		all = append(all, attribute.String(otelexport.Escape(name), otelexport.Escape(value)))
	}
	for _, l := range s.Labels {
		all = append(all, attribute.String(l.Name, otelexport.Escape(l.Value)))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	value, ok := b.known[identity(s.Metric.OTel, all)]
	return value, ok
}

func (b *backend) breakAfter(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = n
}

func (b *backend) hang() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hangs = true
}

func (b *backend) mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.hangs = -1, false
}
