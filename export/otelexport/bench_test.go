package otelexport_test

import (
	"fmt"
	"testing"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// A collection of 1,000 functions, each with a few calls since the last one.
// internal/integration measures it with what the SDK makes of it.
func BenchmarkProduce(b *testing.B) {
	registry := metrics.NewRegistry()
	var all []*metrics.Recorder
	for i := range 1000 {
		all = append(all, traffic.Recorder(b, registry, fmt.Sprintf("service.function%d", i), metrics.RecorderOptions{Gauges: traffic.Gauges}))
	}
	p := otelexport.NewProducer(registry)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for _, r := range all {
			traffic.Few(r)
		}
		b.StartTimer()
		if _, err := p.Produce(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
