package integration_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/cachier-go/cachier/export/otelexport"
	busy "github.com/cachier-go/cachier/internal/traffic"
)

// A push of 1,000 functions of a service by OTLP, to the end: the snapshots, the
// SDK's data points, its protobuf, and the sending to a server that reads it.
// cpu-ms is processor time, of the collector of garbage and of that server too, but
// without idle-gc-ms, in which that collector used a processor that had nothing to
// do; alive-MiB is what the push holds at once.
func BenchmarkOTLPPush(b *testing.B) {
	var received atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			b.Error(err)
		}
		received.Add(n)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	defer server.Close()
	exporter, err := otlpmetrichttp.New(b.Context(), otlpmetrichttp.WithEndpointURL(server.URL+"/v1/metrics"))
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		parts func(sdkmetric.Exporter) sdkmetric.Exporter
		opts  []otelexport.Option
	}{
		{"in parts", otelexport.InParts, nil},
		{"in parts, without zeros", otelexport.InParts, []otelexport.Option{otelexport.WithoutZeros()}},
		{"in parts, deltas", otelexport.InParts, []otelexport.Option{otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector)}},
		{"whole", func(e sdkmetric.Exporter) sdkmetric.Exporter { return e }, nil},
	} {
		b.Run(test.name, func(b *testing.B) {
			service := busy.New(b, 1, 1000)
			reader := sdkmetric.NewPeriodicReader(test.parts(exporter), sdkmetric.WithInterval(time.Hour),
				sdkmetric.WithProducer(otelexport.NewProducer(service.Registry, test.opts...)))
			provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
			service.Minute(10)
			b.ReportAllocs()
			push := func() {
				received.Store(0)
				if err := provider.ForceFlush(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			alive := aliveAtMost(push, func() { service.Minute(1) })
			b.ResetTimer()
			var processor, idle time.Duration
			for b.Loop() {
				b.StopTimer()
				service.Minute(1)
				processorBefore, idleBefore := processorTime(b), idleCollecting()
				b.StartTimer()
				push()
				processor += processorTime(b) - processorBefore
				idle += idleCollecting() - idleBefore
			}
			b.ReportMetric(float64(alive)/(1<<20), "alive-MiB")
			b.ReportMetric((processor-idle).Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(idle.Seconds()*1000/float64(b.N), "idle-gc-ms/op")
			b.ReportMetric(float64(received.Load()), "sent-B/op")
		})
	}
}

// aliveAtMost runs f and returns by how much the heap had grown at most, nearly
// without garbage, which is collected after each 1 % of growth meanwhile.
func aliveAtMost(f, between func()) (most int64) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	heap := func() int64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return int64(s[0].Value.Uint64())
	}
	f() // what stays for the next time
	between()
	runtime.GC()
	before, done := heap(), make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		ticker := time.NewTicker(200 * time.Microsecond)
		defer ticker.Stop()
		for {
			most = max(most, heap()-before)
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	f()
	close(done)
	watch.Wait()
	return most
}

// idleCollecting is how long the collector of garbage has used processors that had
// nothing else to do, up to the last of its cycles.
func idleCollecting() time.Duration {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	metrics.Read(s)
	return time.Duration(s[0].Value.Float64() * float64(time.Second))
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
