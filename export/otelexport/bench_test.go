package otelexport_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/metrics"
)

// A collection of 1,000 functions, each with a few calls since the last one.
// internal/integration measures it with what the SDK makes of it.
func BenchmarkProduce(b *testing.B) {
	registry := metrics.NewRegistry()
	var all []*metrics.Recorder
	for i := range 1000 {
		all = append(all, recorder(b, registry, fmt.Sprintf("service.function%d", i), metrics.RecorderOptions{Gauges: gauges}))
	}
	p := otelexport.NewProducer(registry)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for _, r := range all {
			someCalls(r)
		}
		b.StartTimer()
		if _, err := p.Produce(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// someCalls are hits and misses, twenty and four.
func someCalls(r *metrics.Recorder) {
	for i := range 20 {
		took := time.Duration(1+i) * time.Millisecond
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: took / 1000, Age: took * 1000, Cost: time.Second})
		if i%5 == 0 {
			r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: took})
			r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took, Changed: metrics.Unchanged})
		}
	}
}
