package metrics_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// An exporter gets what changed since its last batch, and a last batch when the
// program ends.
func ExamplePush() {
	registry := metrics.NewRegistry()
	rec, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{})
	_ = registry.Register(rec)
	rec.Record(metrics.Call{Outcome: metrics.Miss})

	printer := metrics.ExporterFunc(func(_ context.Context, b metrics.Batch) error {
		for _, s := range b.Deltas {
			fmt.Println(s.Name, s.Calls())
		}
		return nil
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- metrics.Push(ctx, registry, printer, time.Minute) }()

	stop() // the program ends: the last counts go out
	fmt.Println(<-done)
	// Output:
	// users.fetch 1
	// <nil>
}
