// Package exporttest has what the tests of the pushing exporters have in common beyond the suite of metricstest.
package exporttest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// Exporter is what all of them are.
type Exporter interface {
	metrics.Exporter
	metrics.Dropper
	Close() error
}

// Concurrently holds exports of several goroutines, and a Close among them, against what arrives: they don't mix, and what was
// reported as sent has come once. After Close exports fail with the error closed; arrived tells of how many calls of a function
// with the outcome coalesced the target knows.
func Concurrently(ctx context.Context, t testing.TB, e Exporter, closed error, arrived func(cache string) float64) {
	t.Helper()
	var sent [4]atomic.Int64
	var tried atomic.Int64
	var exporting sync.WaitGroup
	for g := range sent {
		registry := metrics.NewRegistry()
		r := traffic.Recorder(t, registry, fmt.Sprint("f", g), metrics.RecorderOptions{})
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
		b := traffic.Batch(registry)
		exporting.Go(func() {
			for range 20 {
				switch err := e.Export(ctx, b); {
				case err == nil:
					sent[g].Add(1)
				case !errors.Is(err, closed):
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
	testserver.Eventually(t, "all that was sent arrives", func() error {
		for g := range sent {
			if got, want := arrived(fmt.Sprint("f", g)), float64(sent[g].Load()); got != want {
				return fmt.Errorf("%v calls of f%d have arrived, want %v", got, g, want)
			}
		}
		return nil
	})
}
