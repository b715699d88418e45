package cachier_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

type User struct{ Name string }

func fetchUser(ctx context.Context, id int) (*User, error) {
	return &User{Name: fmt.Sprintf("user %d", id)}, nil
}

// A function is wrapped once and called everywhere.
func Example() {
	ctx := context.Background()

	getUser := cachier.Must(cachier.New("users.fetch", fetchUser,
		cachier.WithTTL(time.Hour),
		cachier.WithMaxEntries(10_000),
	))
	defer getUser.Close(ctx)

	u, err := getUser.Call(ctx, 42) // computed
	u, err = getUser.Call(ctx, 42)  // remembered

	hour := getUser.Metrics().Window(time.Hour)
	fmt.Printf("%s, %v: hit ratio %.0f %%, %d computed\n",
		u.Name, err, 100*hour.HitRatio(), hour.Computations())
	fmt.Println("p99 of hits known:", hour.Latency(metrics.Hit).Quantile(0.99) > 0)
	// Output:
	// user 42, <nil>: hit ratio 50 %, 1 computed
	// p99 of hits known: true
}

// Stale answers bridge slow and failing dependencies.
func Example_staleAnswers() {
	ctx := context.Background()

	quote := cachier.Must(cachier.New("quotes.latest", fetchQuote,
		cachier.WithTTL(time.Minute),
		cachier.WithStaleWhileRevalidate(10*time.Minute), // old at once, new behind
		cachier.WithStaleIfError(24*time.Hour),           // old rather than an error
		cachier.WithWaitTimeout(5*time.Second),           // never queue for ever
	))
	defer quote.Close(ctx)

	var why cachier.Explanation
	_, _ = quote.Call(ctx, "ACME", cachier.Explain(&why))
	fmt.Println(why.Outcome, why.Reason)
	// Output:
	// miss absent
}

func fetchQuote(ctx context.Context, symbol string) (float64, error) { return 42.5, nil }
