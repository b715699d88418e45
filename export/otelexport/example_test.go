package otelexport_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"slices"
	"strings"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/metrics"
)

// The metrics of cached functions go where the program's other metrics go. A
// real program has a periodic reader with an exporter of OTLP.
func ExampleNewProducer() {
	registry := metrics.NewRegistry() // or metrics.Default(), where functions are unless told otherwise
	reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(otelexport.NewProducer(registry)))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	ctx := context.Background()
	defer provider.Shutdown(ctx)

	square := cachier.Must(cachier.New("square", func(_ context.Context, n int) (int, error) { return n * n, nil },
		cachier.WithRegistry(registry)))
	defer square.Close(ctx)
	for range 3 {
		if _, err := square.Call(ctx, 7); err != nil {
			log.Fatal(err)
		}
	}

	printRequests(ctx, reader)
	// Output:
	// backend=memory cache=square outcome=hit: 2
	// backend=memory cache=square outcome=miss reason=absent: 1
}

// Only counters of calls, of all functions.
func ExampleWithSelect() {
	registry := metrics.NewRegistry()
	r, err := metrics.NewRecorder("square", metrics.RecorderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if err := registry.Register(r); err != nil {
		log.Fatal(err)
	}
	r.Record(metrics.Call{Outcome: metrics.Coalesced})

	producer := otelexport.NewProducer(registry, otelexport.WithSelect(func(_ string, m *metrics.Metric) bool {
		return m.OTel == "cachier.requests"
	}))
	scopes, err := producer.Produce(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range scopes[0].Metrics {
		fmt.Println(m.Name, m.Unit)
	}
	// Output: cachier.requests {request}
}

// An exporter whose backend wants what came since the last time says so; a real
// one is asked by otelexport.WithTemporality(exporter.Temporality).
func ExampleWithTemporality() {
	registry := metrics.NewRegistry()
	square := cachier.Must(cachier.New("square", func(_ context.Context, n int) (int, error) { return n * n, nil },
		cachier.WithRegistry(registry)))
	ctx := context.Background()
	defer square.Close(ctx)

	reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(
		otelexport.NewProducer(registry, otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector))))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	defer provider.Shutdown(ctx)
	for range 2 {
		for range 3 {
			if _, err := square.Call(ctx, 7); err != nil {
				log.Fatal(err)
			}
		}
		printRequests(ctx, reader)
	}
	// Output:
	// backend=memory cache=square outcome=hit: 2
	// backend=memory cache=square outcome=miss reason=absent: 1
	// backend=memory cache=square outcome=hit: 3
}

// Where the provider's readers are made by somebody else, counters and gauges
// come by instruments.
func ExampleRegister() {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)) // or nil below, for the global one
	ctx := context.Background()
	defer provider.Shutdown(ctx)

	registry := metrics.NewRegistry()
	registration, err := otelexport.Register(provider, registry)
	if err != nil {
		log.Fatal(err)
	}
	defer registration.Unregister()

	square := cachier.Must(cachier.New("square", func(_ context.Context, n int) (int, error) { return n * n, nil },
		cachier.WithRegistry(registry)))
	defer square.Close(ctx)
	for range 3 {
		if _, err := square.Call(ctx, 7); err != nil {
			log.Fatal(err)
		}
	}
	printRequests(ctx, reader)
	// Unordered output:
	// backend=memory cache=square outcome=hit: 2
	// backend=memory cache=square outcome=miss reason=absent: 1
}

// A collection of any size goes by requests of a size that receivers take.
func ExampleInParts() {
	registry := metrics.NewRegistry()
	for i := range 300 {
		r, err := metrics.NewRecorder(fmt.Sprintf("function %d", i), metrics.RecorderOptions{})
		if err == nil {
			err = registry.Register(r)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	exporter := printer{} // in a real program otlpmetricgrpc.New(ctx), say
	reader := sdkmetric.NewPeriodicReader(otelexport.InParts(exporter), sdkmetric.WithProducer(
		otelexport.NewProducer(registry, otelexport.WithTemporality(exporter.Temporality))))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	if err := provider.Shutdown(context.Background()); err != nil { // the last push
		log.Fatal(err)
	}
	// Output:
	// cachier.requests: 2000
	// cachier.requests: 2000
	// cachier.requests: 800, cachier.info: 300
}

// printer is an exporter that prints how many points it is to send.
type printer struct{}

func (printer) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(k)
}

func (printer) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}

func (printer) Export(_ context.Context, all *metricdata.ResourceMetrics) error {
	var request []string
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				request = append(request, fmt.Sprintf("%s: %d", m.Name, len(data.DataPoints)))
			case metricdata.Gauge[int64]:
				request = append(request, fmt.Sprintf("%s: %d", m.Name, len(data.DataPoints)))
			}
		}
	}
	fmt.Println(strings.Join(request, ", "))
	return nil
}

func (printer) ForceFlush(context.Context) error { return nil }
func (printer) Shutdown(context.Context) error   { return nil }

// What never happened is left out, as where the SDK counts itself.
func ExampleWithoutZeros() {
	r, err := metrics.NewRecorder("square", metrics.RecorderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	r.Record(metrics.Call{Outcome: metrics.Coalesced})
	for _, opts := range [][]otelexport.Option{nil, {otelexport.WithoutZeros()}} {
		scopes, err := otelexport.NewProducer(r, opts...).Produce(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		requests := scopes[0].Metrics[0]
		fmt.Println(requests.Name, len(requests.Data.(metricdata.Sum[int64]).DataPoints))
	}
	// Output:
	// cachier.requests 16
	// cachier.requests 1
}

// A source that knows several instances keeps them apart.
func ExampleWithInstance() {
	r, err := metrics.NewRecorder("square", metrics.RecorderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	r.Record(metrics.Call{Outcome: metrics.Coalesced})
	here, there := r.Snapshot(), r.Snapshot()
	here.Instance, there.Instance = "10.0.0.1", "10.0.0.2"
	fleet := metrics.SourceFunc(func() iter.Seq[metrics.Snapshot] { return slices.Values([]metrics.Snapshot{here, there}) })

	reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(otelexport.NewProducer(fleet, otelexport.WithInstance())))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	ctx := context.Background()
	defer provider.Shutdown(ctx)
	printRequests(ctx, reader)
	// Output:
	// backend=memory cache=square instance=10.0.0.1 outcome=coalesced: 1
	// backend=memory cache=square instance=10.0.0.2 outcome=coalesced: 1
}

// printRequests prints what a reader has of cachier.requests, without zeros.
func printRequests(ctx context.Context, reader sdkmetric.Reader) {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		log.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if m.Name != "cachier.requests" || !ok {
				continue
			}
			for _, p := range sum.DataPoints {
				if p.Value == 0 {
					continue
				}
				for i, l := range p.Attributes.ToSlice() {
					if i > 0 {
						fmt.Print(" ")
					}
					fmt.Printf("%s=%s", l.Key, l.Value.AsString())
				}
				fmt.Printf(": %d\n", p.Value)
			}
		}
	}
}
