package cachier_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// Outcomes are exact at any rate; what is sampled is how long hits take.
func ExampleWithSampling() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.sampling", shout, cachier.WithSampling(0)))
	for range 1000 {
		_, _ = f.Call(ctx, "a")
	}
	s := f.Metrics().Snapshot()
	fmt.Println(s.Requests(metrics.Hit), "hits,", s.Latency(metrics.Hit).Count(), "timed; sampling:", s.Sampling)
	// Output:
	// computing a
	// 999 hits, 0 timed; sampling: 0
}

// A Func without metrics says "no data" everywhere, and so costs nobody an if.
func ExampleWithoutMetrics() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.withoutmetrics", shout, cachier.WithoutMetrics()))
	_, _ = f.Call(ctx, "a")
	fmt.Println(f.Metrics() == nil, f.Metrics().Snapshot().HitRatio())
	// Output:
	// computing a
	// true NaN
}

func ExampleWithRegistry() {
	ctx := context.Background()
	mine := metrics.NewRegistry()
	a := cachier.Must(cachier.New("a", shout, cachier.WithRegistry(mine)))
	b := cachier.Must(cachier.New("b", shout, cachier.WithRegistry(mine)))
	_, _ = a.Call(ctx, "x")
	_, _ = b.Call(ctx, "y")
	fmt.Println(mine.Names(), mine.Total().Calls())
	// Output:
	// computing x
	// computing y
	// [a b] 2
}

// One name, told apart by labels.
func ExampleWithLabels() {
	mine := metrics.NewRegistry()
	for _, region := range []string{"eu", "us"} {
		cachier.Must(cachier.New("users.fetch", shout,
			cachier.WithRegistry(mine), cachier.WithLabels(map[string]string{"region": region})))
	}
	for s := range mine.Snapshots() {
		fmt.Println(s.Name, s.Labels)
	}
	// Output:
	// users.fetch map[region:eu]
	// users.fetch map[region:us]
}

// Keys can hold personal data. Where they don't, they may be shown.
func ExampleWithKeysRevealed() {
	ctx := context.Background()
	for _, opts := range [][]cachier.Option{nil, {cachier.WithKeysRevealed()}} {
		f := cachier.Must(cachier.New("example.keys", shout, append(opts, cachier.WithRegistry(metrics.NewRegistry()))...))
		_, _ = f.Call(ctx, "ann")
		for _, hot := range f.Metrics().HotKeys() {
			fmt.Printf("hash %v, key %q\n", len(hot.Hash) > 0, hot.Key)
		}
	}
	// Output:
	// computing ann
	// hash true, key ""
	// computing ann
	// hash true, key "ann"
}

// Failures that no caller sees are logged, each kind once a minute at most.
func ExampleWithLogger() {
	ctx := context.Background()
	plain := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	f := cachier.Must(cachier.New("example.logger", shout,
		cachier.WithBackend(failing{}), cachier.WithLogger(plain)))
	_, _, err := f.Peek(ctx, "a")
	fmt.Println(err)
	// Output:
	// level=WARN msg="cachier: get failed" cache=example.logger err="cachier: cachier_test get 82a2a958: no route to the store" suppressed=0
	// cachier: cachier_test get 82a2a958: no route to the store
}

// tracing prints what begins and ends. With a tracer, it would begin and end a
// span, and what the function calls would be part of that.
type tracing struct{}

func (tracing) Start(ctx context.Context, op metrics.Op) (context.Context, func(metrics.Result)) {
	fmt.Println("begin", op.Cache, op)
	return ctx, func(r metrics.Result) { fmt.Println("end", op.Cache, op, r) }
}

func ExampleWithObserver() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.observer", shout, cachier.WithObserver(tracing{})))
	_, _ = f.Call(ctx, "a")
	_, _ = f.Call(ctx, "a") // hits in memory are not told
	// Output:
	// begin example.observer compute miss
	// computing a
	// end example.observer compute miss ok
}
