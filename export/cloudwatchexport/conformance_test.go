package cloudwatchexport_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/export/internal/cwtest"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// The whole suite, through AWS's own client.
func TestConformance(t *testing.T) {
	t.Parallel() // it waits now and then
	metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
		e, server := start(t, cloudwatchexport.Options{Metrics: cloudwatchexport.All(), Attempts: 1})
		return e, metricstest.Target{
			Received: func(s metricstest.Series) (float64, bool) { return cwtest.Received(s, server.Of) },
			Break:    func(after int) { server.Break(after, unavailable) },
			Hang:     func() { server.Hang(false) },
			Mend:     server.Mend,
		}
	}})
}

// Exports of several goroutines, and a Close among them, don't mix: what was
// reported as sent has arrived once.
func TestConcurrent(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{})
	var sent [4]atomic.Int64
	var tried atomic.Int64
	var exporting sync.WaitGroup
	for g := range sent {
		registry := metrics.NewRegistry()
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", g), metrics.RecorderOptions{}), 1)
		b := traffic.Batch(registry)
		exporting.Go(func() {
			for range 20 {
				switch err := e.Export(t.Context(), b); {
				case err == nil:
					sent[g].Add(1)
				case !errors.Is(err, cloudwatchexport.ErrClosed):
					t.Error(err)
				}
				_ = e.Dropped()
				tried.Add(1)
			}
		})
	}
	exporting.Go(func() {
		for tried.Load() < 40 {
			runtime.Gosched()
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	exporting.Wait()
	for g := range sent {
		got, _ := server.Of("requests", map[string]string{"cache": fmt.Sprint("f", g), "outcome": "miss"})
		if want := float64(sent[g].Load()); got.Sum != want {
			t.Errorf("%v calls of f%d have arrived, want %v", got.Sum, g, want)
		}
	}
}
