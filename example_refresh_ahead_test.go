package cachier_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// How to keep what is asked for often from ever being out of date: renew it
// before its time is over.
func ExampleWithRefreshAhead() {
	ctx := context.Background()
	n := 0
	f := cachier.Must(cachier.New("example.ahead", func(context.Context, string) (int, error) { n++; return n, nil },
		cachier.WithTTL(time.Hour),
		cachier.WithRefreshAhead(time.Hour-time.Millisecond), // early, to see it soon
	))
	_, _ = f.Call(ctx, "a")
	time.Sleep(2 * time.Millisecond)
	fmt.Println(f.Call(ctx, "a")) // a hit, that begins to renew the value

	for f.Metrics().Snapshot().ComputeBy(metrics.TriggerAhead, metrics.ResultOK).Count() == 0 {
		time.Sleep(time.Millisecond)
	}
	_ = f.Close(ctx)
	fmt.Println("hits:", f.Metrics().Snapshot().Requests(metrics.Hit))
	// Output:
	// 1 <nil>
	// hits: 1
}
