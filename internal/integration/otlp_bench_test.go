package integration_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/export/otelexport"
	busy "github.com/cachier-go/cachier/internal/traffic"
)

// A whole push of 1,000 functions of a service by OTLP, as far as the producer,
// and to the end: the snapshots, the SDK's data points, its protobuf, and the
// sending to a server that reads it. Processor time, of the collector of garbage
// and of that server too, is told apart from the time that passes.
func BenchmarkOTLPPush(b *testing.B) {
	received := int64(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			b.Error(err)
		}
		received = n
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	defer server.Close()
	exporter, err := otlpmetrichttp.New(b.Context(), otlpmetrichttp.WithEndpointURL(server.URL+"/v1/metrics"))
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		sends bool
		opts  []otelexport.Option
	}{
		{"producer", false, nil},
		{"whole", true, nil},
		{"whole without zeros", true, []otelexport.Option{otelexport.WithoutZeros()}},
		{"whole of deltas", true, []otelexport.Option{otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector)}},
	} {
		b.Run(test.name, func(b *testing.B) {
			service := busy.New(b, 1, 1000)
			reader := sdkmetric.NewManualReader(sdkmetric.WithProducer(otelexport.NewProducer(service.Registry, test.opts...)))
			provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
			defer func() { _ = provider.Shutdown(b.Context()) }() // of a reader by hand: nothing to fail
			service.Minute(10)
			b.ReportAllocs()
			var processor time.Duration
			for b.Loop() {
				b.StopTimer()
				service.Minute(1)
				before := processorTime(b)
				b.StartTimer()
				var all metricdata.ResourceMetrics
				if err := reader.Collect(b.Context(), &all); err != nil {
					b.Fatal(err)
				}
				if test.sends {
					if err := exporter.Export(b.Context(), &all); err != nil {
						b.Fatal(err)
					}
				}
				processor += processorTime(b) - before
			}
			b.ReportMetric(processor.Seconds()*1000/float64(b.N), "cpu-ms/op")
			if test.sends {
				b.ReportMetric(float64(received), "sent-B/op")
			}
		})
	}
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
