package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

func ExampleWithTTL() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.ttl", shout, cachier.WithTTL(time.Millisecond)))
	_, _ = f.Call(ctx, "a")
	time.Sleep(2 * time.Millisecond)
	_, _ = f.Call(ctx, "a")
	fmt.Println("expired:", f.Metrics().Snapshot().Misses(metrics.ReasonExpired))
	// Output:
	// computing a
	// computing a
	// expired: 1
}

// What changes at known times is fresh until the next.
func ExampleWithTTLFunc() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.ttlfunc", shout,
		cachier.WithTTL(time.Hour),
		cachier.WithTTLFunc(func(word, _ string) time.Duration {
			switch {
			case strings.HasPrefix(word, "temporary "):
				return time.Minute
			case strings.HasPrefix(word, "secret "):
				return -1 // is not stored
			default:
				return 0 // the hour
			}
		})))
	for _, word := range []string{"temporary a", "secret b", "c"} {
		var info cachier.CallInfo
		_, _ = f.Call(ctx, word, cachier.Info(&info))
		fmt.Println(info.TTL)
	}
	// Output:
	// computing temporary a
	// 1m0s
	// computing secret b
	// 0s
	// computing c
	// 1h0m0s
}

// What was computed together does not expire together.
func ExampleWithTTLJitter() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.jitter", func(_ context.Context, n int) (int, error) { return n, nil },
		cachier.WithTTL(time.Hour), cachier.WithTTLJitter(0.25)))
	ttls := map[time.Duration]bool{}
	for n := range 100 {
		var info cachier.CallInfo
		_, _ = f.Call(ctx, n, cachier.Info(&info))
		ttls[info.TTL] = true
		if info.TTL > time.Hour || info.TTL < 45*time.Minute {
			fmt.Println("out of bounds:", info.TTL)
		}
	}
	fmt.Println("many different ones:", len(ttls) > 50)
	// Output:
	// many different ones: true
}

// A dependency that is down is not asked again at once.
func ExampleWithErrorTTL() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.errorttl", func(context.Context, string) (string, error) {
		fmt.Println("trying")
		return "", errors.New("down")
	}, cachier.WithErrorTTL(time.Hour)))
	for range 3 {
		_, err := f.Call(ctx, "a")
		fmt.Println(err)
	}
	// Output:
	// trying
	// down
	// down
	// down
}

func ExampleWithExactClock() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.exact", shout,
		cachier.WithTTL(time.Hour),
		cachier.WithExactClock(), // not even a millisecond longer than that
	))
	fmt.Println(f.Call(ctx, "a"))
	// Output:
	// computing a
	// A <nil>
}

func ExampleWithCleanup() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.cleanup", shout,
		cachier.WithTTL(time.Millisecond), cachier.WithCleanup(5*time.Millisecond)))
	_, _ = f.Call(ctx, "a")
	for f.Metrics().Snapshot().Removals(metrics.TierLocal, metrics.RemovalExpired, metrics.ReadNo) == 0 {
		time.Sleep(time.Millisecond)
	}
	_ = f.Close(ctx) // which ends it
	fmt.Println("cleaned up")
	// Output:
	// computing a
	// cleaned up
}

func ExampleFunc_Cleanup() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.cleanupnow", shout, cachier.WithTTL(time.Millisecond)))
	_, _ = f.Call(ctx, "a")
	time.Sleep(2 * time.Millisecond)
	fmt.Println(f.Cleanup(ctx))
	// Output:
	// computing a
	// 1 <nil>
}
