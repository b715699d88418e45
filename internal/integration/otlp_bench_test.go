package integration_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/export/otelexport"
	busy "github.com/cachier-go/cachier/internal/traffic"
)

// A whole push of 1,000 functions of a service by OTLP: the snapshots, the SDK's
// data points, its protobuf, and the sending to a server that reads it.
func BenchmarkOTLPPush(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	defer server.Close()
	service := busy.New(b, 1, 1000)
	exporter, err := otlpmetrichttp.New(b.Context(), otlpmetrichttp.WithEndpointURL(server.URL+"/v1/metrics"))
	if err != nil {
		b.Fatal(err)
	}
	reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(otelexport.NewProducer(service.Registry)))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	defer func() { _ = provider.Shutdown(b.Context()) }() // of a reader by hand: nothing to fail
	service.Minute(10)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		service.Minute(1)
		b.StartTimer()
		var all metricdata.ResourceMetrics
		if err := reader.Collect(b.Context(), &all); err != nil {
			b.Fatal(err)
		}
		if err := exporter.Export(b.Context(), &all); err != nil {
			b.Fatal(err)
		}
	}
}
