package integration_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/internal/testserver"
	busy "github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// pushing has a service push so often, with a producer of the source, and
// returns what sends the last of it.
func pushing(t *testing.T, service string, e sdkmetric.Exporter, every time.Duration, source metrics.Source) *sdkmetric.MeterProvider {
	t.Helper()
	reader := sdkmetric.NewPeriodicReader(otelexport.InParts(e), sdkmetric.WithInterval(every),
		sdkmetric.WithProducer(otelexport.NewProducer(source, otelexport.WithTemporality(e.Temporality))))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(named(service)))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = provider.Shutdown(ctx) // the test may have done so, or have ended its server
	})
	return provider
}

func named(service string) *resource.Resource {
	return resource.NewSchemaless(attribute.String("service.name", service), attribute.String("service.instance.id", "1"))
}

// TestCollectorAgrees has two readers push to a real Collector while calls go on,
// one of cumulative sums by gRPC and one of deltas by HTTP, and compares what it
// wrote with the snapshots: every series, no other, and every bucket.
func TestCollectorAgrees(t *testing.T) {
	collector := testserver.StartCollector(t)
	registry := metrics.NewRegistry()
	r, err := metrics.NewRecorder("users.fetch é", metrics.RecorderOptions{Backend: "redis"})
	if err == nil {
		err = registry.Register(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer registry.AddStore(metrics.Store{Backend: "sql", Read: func(context.Context) ([]metrics.Reading, error) {
		return []metrics.Reading{{Name: "pool_idle_connections", Unit: "{connection}", Value: 3}}, nil
	}})()

	byGRPC, err := otlpmetricgrpc.New(t.Context(), otlpmetricgrpc.WithEndpoint(collector.GRPC), otlpmetricgrpc.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	byHTTP, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpoint(collector.HTTP), otlpmetrichttp.WithInsecure(),
		otlpmetrichttp.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector))
	if err != nil {
		t.Fatal(err)
	}
	cumulative := pushing(t, "cumulative", byGRPC, 70*time.Millisecond, registry)
	deltas := pushing(t, "deltas", byHTTP, 30*time.Millisecond, registry)
	for seed := range uint64(20) {
		traffic(r, seed, 2_000)
	}
	for _, provider := range []*sdkmetric.MeterProvider{cumulative, deltas} {
		// Shutdown alone would cancel a push under way, and its deltas were lost.
		if err := errors.Join(provider.ForceFlush(t.Context()), provider.Shutdown(t.Context())); err != nil {
			t.Fatal(err)
		}
	}

	testserver.Eventually(t, "the Collector has written", func() error {
		requests, err := otlpRequests(collector.Metrics)
		if err != nil {
			return err
		}
		return errors.Join(
			otlpAgrees(otlpKnown(requests, "cumulative"), registry, otlpCumulative),
			otlpAgrees(otlpKnown(requests, "deltas"), registry, otlpDelta))
	})
	requests, err := otlpRequests(collector.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"cumulative", "deltas"} {
		known := otlpKnown(requests, service)
		pool := known[seriesName(map[string]string{"__name__": "cachier.backend.pool_idle_connections", "backend": "sql"})]
		if pool == nil || pool.value != 3 || pool.unit != "{connection}" {
			t.Errorf("%s: what the store tells is %+v", service, pool)
		}
		hits := known[seriesName(map[string]string{
			"__name__": "cachier.request.duration", "cache": "users.fetch é", "backend": "redis", "outcome": "hit",
		})]
		for _, q := range []float64{0.5, 0.9, 0.99} {
			want := r.Snapshot().Latency(metrics.Hit).Quantile(q).Seconds()
			if got := hits.quantile(q); got/want < 1/1.05 || got/want > 1.05 {
				t.Errorf("%s: quantile %v is %v, the snapshot says %v", service, q, got, want)
			}
		}
	}
}

// TestCollectorTakesManyFunctions: a real Collector refuses what 2,000 functions
// have in one request by gRPC, and takes it in parts.
func TestCollectorTakesManyFunctions(t *testing.T) {
	collector := testserver.StartCollector(t)
	service := busy.New(t, 1, 2000)
	service.Minute(0.1)
	byGRPC, err := otlpmetricgrpc.New(t.Context(), otlpmetricgrpc.WithEndpoint(collector.GRPC), otlpmetricgrpc.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	var all metricdata.ResourceMetrics
	reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(otelexport.NewProducer(service.Registry)))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(named("many")))
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	const larger = "received message larger than max"
	if err := byGRPC.Export(t.Context(), &all); err == nil || !strings.Contains(err.Error(), larger) {
		t.Errorf("in one request: %v, want %q", err, larger)
	}
	if err := otelexport.InParts(byGRPC).Export(t.Context(), &all); err != nil {
		t.Error(err)
	}
	if err := errors.Join(provider.Shutdown(t.Context()), byGRPC.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
	testserver.Eventually(t, "the Collector has written", func() error {
		requests, err := otlpRequests(collector.Metrics)
		if err != nil {
			return err
		}
		return otlpAgrees(otlpKnown(requests, "many"), service.Registry, otlpCumulative)
	})
}

// TestCollectorThatWasAway: nothing is kept for a Collector that is away, and
// when it is back, the next push has everything.
func TestCollectorThatWasAway(t *testing.T) {
	collector := testserver.StartCollector(t)
	collector.Kill()
	r, err := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpoint(collector.HTTP), otlpmetrichttp.WithInsecure(),
		otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{}))
	if err != nil {
		t.Fatal(err)
	}
	provider := pushing(t, "patient", e, time.Hour, r)
	for seed := range uint64(3) {
		traffic(r, seed, 1_000)
		if err := provider.ForceFlush(t.Context()); err == nil {
			t.Error("nobody is there, and nobody says so")
		}
	}
	collector.Restart(t)
	if err := provider.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	testserver.Eventually(t, "the Collector has written", func() error {
		requests, err := otlpRequests(collector.Metrics)
		if err != nil {
			return err
		}
		return otlpAgrees(otlpKnown(requests, "patient"), r, otlpCumulative)
	})
}

// TestCollectorHasSpans: the computation and what is asked of the store arrive as
// parts of the caller's trace.
func TestCollectorHasSpans(t *testing.T) {
	collector := testserver.StartCollector(t)
	e, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(collector.HTTP), otlptracehttp.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(e), sdktrace.WithResource(named("shop")))
	f, err := cachier.New("users.fetch", func(_ context.Context, id int) (string, error) { return "somebody", nil },
		cachier.WithBackend(membackend.New()), cachier.WithObserver(otelexport.NewObserver(provider)),
		cachier.WithRegistry(metrics.NewRegistry()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, caller := provider.Tracer("shop").Start(t.Context(), "GET /users")
	if _, err := f.Call(ctx, 42); err != nil {
		t.Fatal(err)
	}
	caller.End()
	if err := errors.Join(f.Close(t.Context()), provider.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}

	testserver.Eventually(t, "the Collector has written", func() error {
		requests, err := otlpRequests(collector.Traces)
		if err != nil {
			return err
		}
		missing := map[string]string{"compute miss": "ok", "backend get": "not_found"}
		for _, request := range requests {
			for _, resource := range request.ResourceSpans {
				for _, scope := range resource.ScopeSpans {
					for _, span := range scope.Spans {
						labels := span.labels()
						if scope.Scope.Name == "github.com/cachier-go/cachier" && labels["cache"] == "users.fetch" &&
							span.TraceID == caller.SpanContext().TraceID().String() &&
							span.ParentSpanID == caller.SpanContext().SpanID().String() && missing[span.Name] == labels["result"] {
							delete(missing, span.Name)
						}
					}
				}
			}
		}
		if len(missing) > 0 {
			return fmt.Errorf("%v have not come", missing)
		}
		return nil
	})
}
