package emfexport_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/emfexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// A whole push of 1,000 functions, each with a few calls since the last one: the
// snapshots, their differences and the lines.
func BenchmarkPush(b *testing.B) {
	var bytes counter
	e, err := emfexport.New(&bytes, nil)
	if err != nil {
		b.Fatal(err)
	}
	registry := metrics.NewRegistry()
	var all []*metrics.Recorder
	for i := range 1000 {
		all = append(all, traffic.Recorder(b, registry, fmt.Sprintf("service.function%d", i), metrics.RecorderOptions{}))
	}
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for _, r := range all {
			for i := range 20 {
				took := time.Duration(1+i) * time.Millisecond
				r.Record(metrics.Call{Outcome: metrics.Hit, Duration: took / 1000, Age: took * 1000, Cost: time.Second})
				if i%5 == 0 {
					traffic.Misses(r, 1)
				}
			}
		}
		b.StartTimer()
		if err := metrics.Push(ctx, registry, e, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "log-bytes/op")
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return io.Discard.Write(b)
}
