package cachier_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// Arguments that have no natural key, or a part that makes no difference.
func ExampleWithKey() {
	ctx := context.Background()
	type query struct {
		Text  string
		Trace any // can't be a key, and needn't be
	}
	f := cachier.Must(cachier.New("example.key", func(_ context.Context, q query) (int, error) {
		fmt.Println("searching for", q.Text)
		return len(q.Text), nil
	}, cachier.WithKey(func(q query) string { return strings.ToLower(q.Text) })))
	_, _ = f.Call(ctx, query{Text: "Go", Trace: 1})
	_, _ = f.Call(ctx, query{Text: "go", Trace: 2})
	// Output:
	// searching for Go
}

// A value is shared by all who get it. Callers who must write into it get a
// copy each.
func ExampleWithClone() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.clone", func(context.Context, int) ([]int, error) { return []int{1, 2, 3}, nil },
		cachier.WithClone(slices.Clone[[]int])))
	mine, _ := f.Call(ctx, 1)
	mine[0] = 100
	fmt.Println(f.Call(ctx, 1))
	// Output:
	// [1 2 3] <nil>
}

// How much of the computing changed nothing? Here the time of a reading makes
// no difference.
func ExampleWithEqual() {
	ctx := context.Background()
	type reading struct{ Celsius, Second int }
	second := 0
	f := cachier.Must(cachier.New("example.equal", func(context.Context, string) (reading, error) {
		second++
		return reading{20, second}, nil
	}, cachier.WithEqual(func(a, b reading) bool { return a.Celsius == b.Celsius })))
	for range 3 {
		_, _ = f.Refresh(ctx, "kitchen")
	}
	fmt.Println("changed nothing:", f.Metrics().Snapshot().Comparisons(metrics.Unchanged))
	// Output:
	// changed nothing: 2
}

// What a function costs, in whatever unit, and what the cache saves of that.
func ExampleWithCost() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.cost", func(_ context.Context, prompt string) (string, error) { return "an answer", nil },
		cachier.WithSampling(1), // time every hit, so that the sum is no estimate
		cachier.WithCost(func(prompt, answer string) float64 { return float64(len(prompt) + len(answer)) }),
	))
	for range 10 {
		_, _ = f.Call(ctx, "question")
	}
	s := f.Metrics().Snapshot()
	fmt.Println("spent", s.Cost(), "saved", s.CostSaved())
	// Output:
	// spent 17 saved 153
}
