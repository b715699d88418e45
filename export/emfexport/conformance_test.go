package emfexport_test

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/emfexport"
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
					Received: func(s metricstest.Series) (float64, bool) { return received(l, s) },
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

// received looks a series up in a log. Which dimensions it has is said here once
// more, by other means.
func received(l *journal, s metricstest.Series) (float64, bool) {
	dimensions := map[string]string{}
	put := func(name, value string) { dimensions[emfexport.Escape(name)] = emfexport.Escape(value) }
	if s.Cache != "" {
		put("cache", s.Cache)
	}
	for name, value := range s.Static {
		if reserved(name) {
			name = "label_" + name
		}
		put(name, value)
	}
	for _, label := range s.Labels {
		put(label.Name, label.Value)
	}
	got, ok := l.of(strings.TrimPrefix(s.Metric.OTel, "cachier."), dimensions)
	switch s.Metric.Kind {
	case metrics.KindCounter:
		return got.sum, ok
	case metrics.KindGauge:
		return got.last, ok
	default:
		return got.count, ok
	}
}

func reserved(label string) bool {
	if label == "cache" || label == "backend" || strings.HasPrefix(label, "label_") {
		return true
	}
	for _, m := range metrics.Catalog() {
		for _, l := range m.Labels {
			if l.Name == label {
				return true
			}
		}
	}
	return false
}

// recorder makes one, in a registry.
func recorder(t testing.TB, registry *metrics.Registry, name string, labels map[string]string) *metrics.Recorder {
	t.Helper()
	r, err := metrics.NewRecorder(name, metrics.RecorderOptions{Labels: labels})
	if err == nil {
		err = registry.Register(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// call records n misses, each with a computation.
func call(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(1+i) * time.Millisecond
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: took, Age: metrics.Unknown})
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took})
	}
}

// batch is everything of a registry.
func batch(registry *metrics.Registry) metrics.Batch {
	b := metrics.Batch{To: time.Now()}
	for s := range registry.Snapshots() {
		b.Deltas, b.Totals = append(b.Deltas, s), append(b.Totals, s)
	}
	return b
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
		call(recorder(t, registry, fmt.Sprint("f", g), nil), 1)
		b := batch(registry)
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
		if want := float64(sent[g].Load()); got.sum != want {
			t.Errorf("%v calls of f%d have arrived, want %v", got.sum, g, want)
		}
	}
}
