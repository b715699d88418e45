package metrics_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// slogExporter logs what changed, a line for each function that was called.
type slogExporter struct{ to *slog.Logger }

func (e slogExporter) Export(ctx context.Context, b metrics.Batch) error {
	for _, s := range b.Deltas {
		if s.Calls() > 0 {
			e.to.InfoContext(ctx, "cache", "name", s.Name, "calls", s.Calls(), "hits", s.Requests(metrics.Hit),
				"computed", s.Computations(), "p99", s.LatencyAll().Quantile(0.99).Round(time.Millisecond))
		}
	}
	return nil
}

// An exporter of your own: metrics into the log of the program.
func ExampleExporter() {
	registry := metrics.NewRegistry()
	for _, name := range []string{"users.fetch", "never.called"} {
		rec, _ := metrics.NewRecorder(name, metrics.RecorderOptions{})
		_ = registry.Register(rec)
	}
	rec := registry.Lookup("users.fetch")[0]
	rec.Record(metrics.Call{Outcome: metrics.Miss, Duration: 20 * time.Millisecond, Age: metrics.Unknown})
	rec.Compute(metrics.Computation{Duration: 20 * time.Millisecond})
	for range 3 {
		rec.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: time.Second})
	}

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { // the time differs
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	ctx, stop := context.WithCancel(context.Background())
	stop() // the program ends at once
	_ = metrics.Push(ctx, registry, slogExporter{logger}, time.Minute)
	// Output:
	// level=INFO msg=cache name=users.fetch calls=4 hits=3 computed=1 p99=19ms
}
