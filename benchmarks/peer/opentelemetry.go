package peer

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// otelCache is otter with an OpenTelemetry counter and histogram around each look-up, in their fastest form: attribute
// sets built ahead, and the slice of options too, so that a call allocates nothing.
type otelCache[K comparable, V any] struct {
	*otterCache[K, V]
	provider   *sdkmetric.MeterProvider
	requests   metric.Int64Counter
	latency    metric.Float64Histogram
	addHit     []metric.AddOption
	addMiss    []metric.AddOption
	recordHit  []metric.RecordOption
	recordMiss []metric.RecordOption
}

func openOpenTelemetry[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	o, err := newOtter(c, &otter.Options[K, V]{})
	if err != nil {
		return nil, err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	meter := provider.Meter("bench")
	requests, err := meter.Int64Counter("requests")
	if err != nil {
		return nil, err
	}
	latency, err := meter.Float64Histogram("latency", metric.WithUnit("s"))
	if err != nil {
		return nil, err
	}
	with := func(outcome string) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(
			attribute.String("cache", "bench"), attribute.String("outcome", outcome)))
	}
	hit, miss := with("hit"), with("miss")
	return &otelCache[K, V]{
		otterCache: o, provider: provider, requests: requests, latency: latency,
		addHit: []metric.AddOption{hit}, addMiss: []metric.AddOption{miss},
		recordHit: []metric.RecordOption{hit}, recordMiss: []metric.RecordOption{miss},
	}, nil
}

func (c *otelCache[K, V]) Get(k K) (V, bool) {
	ctx := context.Background()
	start := time.Now()
	v, ok := c.cache.GetIfPresent(k)
	add, record := c.addHit, c.recordHit
	if !ok {
		add, record = c.addMiss, c.recordMiss
	}
	c.requests.Add(ctx, 1, add...)
	c.latency.Record(ctx, time.Since(start).Seconds(), record...)
	return v, ok
}

func (c *otelCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.Get(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

func (c *otelCache[K, V]) Close() {
	c.otterCache.Close()
	_ = c.provider.Shutdown(context.Background())
}
