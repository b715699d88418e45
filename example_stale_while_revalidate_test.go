package cachier_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// How to answer at once although a value is out of date: it is served, and one
// computation behind renews it.
func ExampleWithStaleWhileRevalidate() {
	ctx := context.Background()
	n := 0
	f := cachier.Must(cachier.New("example.swr", func(context.Context, string) (int, error) { n++; return n, nil },
		cachier.WithTTL(time.Millisecond), // short, to have it over soon
		cachier.WithStaleWhileRevalidate(time.Hour),
	))
	fmt.Println(f.Call(ctx, "a"))
	time.Sleep(2 * time.Millisecond)
	fmt.Println(f.Call(ctx, "a"))

	for f.Metrics().Snapshot().ComputeBy(metrics.TriggerRevalidate, metrics.ResultOK).Count() == 0 {
		time.Sleep(time.Millisecond) // until the computation behind is through
	}
	_ = f.Close(ctx) // no more of them
	fmt.Println("stale answers:", f.Metrics().Snapshot().RequestsReason(metrics.Stale, metrics.ReasonRevalidate))
	// Output:
	// 1 <nil>
	// 1 <nil>
	// stale answers: 1
}
