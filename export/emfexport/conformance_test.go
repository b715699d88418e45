package emfexport_test

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/export/emfexport"
	"github.com/cachier-go/cachier/export/internal/cwtest"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// The whole suite. The writer of which a part is taken is one that fails in the
// midst of a line. Nothing can interrupt a Write, so it can't hang.
func TestConformance(t *testing.T) {
	for _, cut := range []int{0, 100} {
		t.Run(fmt.Sprint("cut at ", cut), func(t *testing.T) {
			metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
				e, l := start(t, emfexport.Options{Metrics: emfexport.All()})
				l.cut = cut
				return e, metricstest.Target{
					Received: func(s metricstest.Series) (float64, bool) { return cwtest.Received(s, l.of) },
					Break:    l.breakAfter, Mend: l.mend,
				}
			}})
		})
	}
}

// start returns an exporter, and the log that it writes.
func start(t testing.TB, o emfexport.Options) (*emfexport.Exporter, *journal) {
	t.Helper()
	l := newJournal(t)
	o.Logger = slog.New(slog.DiscardHandler)
	e, err := emfexport.New(l, &o)
	if err != nil {
		t.Fatal(err)
	}
	return e, l
}

// Exports of several goroutines, and a Close among them, don't mix: what was
// reported as sent has arrived once.
func TestConcurrent(t *testing.T) {
	e, l := start(t, emfexport.Options{})
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
				case !errors.Is(err, emfexport.ErrClosed):
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
		got, _ := l.of("requests", map[string]string{"cache": fmt.Sprint("f", g), "outcome": "miss"})
		if want := float64(sent[g].Load()); got.Sum != want {
			t.Errorf("%v calls of f%d have arrived, want %v", got.Sum, g, want)
		}
	}
}
