package otelexport_test

import (
	"context"
	"fmt"
	"log"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/metrics"
)

// A computation is a span within the request that it was made for. A hit is
// none.
func ExampleNewObserver() {
	spans := tracetest.NewInMemoryExporter() // a real program has an exporter of OTLP
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	ctx := context.Background()
	defer provider.Shutdown(ctx)

	square := cachier.Must(cachier.New("square", func(_ context.Context, n int) (int, error) { return n * n, nil },
		cachier.WithObserver(otelexport.NewObserver(provider)), cachier.WithRegistry(metrics.NewRegistry())))
	defer square.Close(ctx)

	ctx, request := provider.Tracer("shop").Start(ctx, "GET /squares")
	for range 3 {
		if _, err := square.Call(ctx, 7); err != nil {
			log.Fatal(err)
		}
	}
	request.End()

	for _, s := range spans.GetSpans() {
		fmt.Println(s.Name, s.Attributes)
	}
	// Output:
	// compute miss [{cache square} {backend memory} {trigger miss} {outcome miss} {result ok}]
	// GET /squares []
}
