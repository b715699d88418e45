package cachier_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// repeated makes a value of so many bytes.
func repeated(_ context.Context, n int) ([]byte, error) {
	return []byte(strings.Repeat("x", n)), nil
}

func ExampleWithMaxEntries() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.maxentries", repeated, cachier.WithMaxEntries(100)))
	for n := range 1000 {
		_, _ = f.Call(ctx, n)
	}
	local := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal]
	fmt.Println(local.Entries, "of", local.EntriesLimit)
	// Output:
	// 100 of 100
}

// By default the weight is an estimate of the bytes that an entry takes.
func ExampleWithMaxWeight() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.maxweight", repeated, cachier.WithMaxWeight(1<<20)))
	for n := range 1000 {
		_, _ = f.Call(ctx, 10_000+n)
	}
	local := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal]
	fmt.Println("within the bound:", local.Size <= 1<<20, "and close to it:", local.Size > 1<<19)
	// Output:
	// within the bound: true and close to it: true
}

// What weighs on a cache of images is their pixels.
func ExampleWithSizer() {
	ctx := context.Background()
	type image struct{ Width, Height int }
	f := cachier.Must(cachier.New("example.sizer", func(_ context.Context, width int) (image, error) {
		return image{width, width * 3 / 4}, nil
	},
		cachier.WithMaxWeight(1_000_000),
		cachier.WithSizer(func(_ int, i image) int64 { return int64(i.Width) * int64(i.Height) }),
	))
	_, _ = f.Call(ctx, 800)
	_, _ = f.Call(ctx, 400)
	fmt.Println(f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal].Size)
	// Output:
	// 600000
}

func ExampleWithEntrySizeLimit() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.sizelimit", repeated, cachier.WithEntrySizeLimit(1000)))
	for range 2 {
		v, err := f.Call(ctx, 5000)
		fmt.Println(len(v), err) // returned, but not stored
	}
	fmt.Println(f.Metrics().Snapshot().Rejections(metrics.RejectSizeLimit))
	// Output:
	// 5000 <nil>
	// 5000 <nil>
	// 2
}

func ExampleWithoutNil() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.withoutnil", func(context.Context, string) ([]string, error) {
		fmt.Println("searching")
		return nil, nil // none yet
	}, cachier.WithoutNil()))
	_, _ = f.Call(ctx, "a")
	_, _ = f.Call(ctx, "a")
	// Output:
	// searching
	// searching
}
