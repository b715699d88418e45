package cachier_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// recovered returns what a call panicked with.
func recovered(call func()) (p any) {
	defer func() { p = recover() }()
	call()
	return nil
}

// The value of a panic is the original one, wherever the function ran, and the
// stack of where it began is logged, once.
func TestPanicValues(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]func(ctx context.Context, f *cachier.Func[string, int]){
		"in the caller's goroutine": func(_ context.Context, f *cachier.Func[string, int]) { _, _ = f.Call(context.Background(), "secret") },
		"in another one":            func(ctx context.Context, f *cachier.Func[string, int]) { _, _ = f.Call(ctx, "secret") },
		"refreshing":                func(ctx context.Context, f *cachier.Func[string, int]) { _, _ = f.Refresh(ctx, "secret") },
		"past the cache": func(ctx context.Context, f *cachier.Func[string, int]) {
			_, _ = f.Call(ctx, "secret", cachier.SkipCache())
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			f := newFunc(t, func(context.Context, string) (int, error) { return explode(boom), nil },
				cachier.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			if p := recovered(func() { c(t.Context(), f) }); p != boom {
				t.Errorf("panicked with %v", p)
			}
			if text := log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "cachier_test.explode") {
				t.Errorf("logged %q", text)
			}
			if s := f.Metrics().Snapshot(); s.Calls() != 1 || s.InFlight() != 0 {
				t.Errorf("%q", exact(s))
			}
		})
	}
}

//go:noinline
func explode(with any) int { panic(with) }

func TestPanicNil(t *testing.T) {
	f := newFunc(t, func(context.Context, string) (int, error) { panic(nil) })
	if _, ok := recovered(func() { _, _ = f.Call(t.Context(), "a") }).(*runtime.PanicNilError); !ok {
		t.Error("panic(nil) was lost")
	}
}

// A hook that panics has the effect of a function that panics, and the program
// goes on.
func TestHooksThatPanic(t *testing.T) {
	for name, hook := range map[string]cachier.Option{
		"WithCost":    cachier.WithCost(func(string, []int) float64 { panic("boom") }),
		"WithSizer":   cachier.WithSizer(func(string, []int) int64 { panic("boom") }),
		"WithTTLFunc": cachier.WithTTLFunc(func(string, []int) time.Duration { panic("boom") }),
		"WithEqual":   cachier.WithEqual(func(a, b []int) bool { panic("boom") }),
	} {
		everywhere(t, func(t *testing.T, opts []cachier.Option) {
			f := newFunc(t, func(context.Context, string) ([]int, error) { return []int{1}, nil }, append(opts, hook)...)
			if _, _, err := f.Peek(t.Context(), "b"); err != nil {
				t.Error(err)
			}
			synctest.Wait() // the tier in front of a backend is told of changes from here on
			first := recovered(func() { _, _ = f.Call(t.Context(), "a") })
			again := recovered(func() { _, _ = f.Refresh(t.Context(), "a") })
			if name == "WithEqual" && len(opts) == 3 {
				return // there is nothing at hand to compare with
			}
			if again != "boom" || first != "boom" && name != "WithEqual" {
				t.Errorf("%s: panicked with %v, then %v", name, first, again)
			}
			counted := f.Metrics().Snapshot()
			if n := counted.ComputeBy(metrics.TriggerRefresh, metrics.ResultPanic).Count(); n != 1 {
				t.Errorf("%s: %q", name, exact(counted))
			}
		})
	}
	bubble(t, "in the background", func(t *testing.T) {
		panics := false
		f := newFunc(t, func(context.Context, string) (int, error) { return 1, nil },
			cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour),
			cachier.WithSizer(func(string, int) int64 {
				if panics {
					panic("boom")
				}
				return 8
			}))
		answers(t, f, "a", 1)
		time.Sleep(2 * time.Minute)
		panics = true
		answers(t, f, "a", 1)
		synctest.Wait()
		if n := f.Metrics().Snapshot().ComputeBy(metrics.TriggerRevalidate, metrics.ResultPanic).Count(); n != 1 {
			t.Errorf("%d panics", n)
		}
	})
}

// A function that ends its goroutine, as a test's FailNow does, leaves nobody
// waiting.
func TestGoexit(t *testing.T) {
	bubble(t, "in another goroutine", func(t *testing.T) {
		f := newFunc(t, func(context.Context, string) (int, error) { time.Sleep(time.Second); runtime.Goexit(); return 0, nil },
			cachier.WithMaxComputes(1))
		results := together(t, 3, func(int) (string, error) { _, err := f.Call(t.Context(), "a"); return "", err })
		all(t, results, "cachier: the function ended its goroutine with runtime.Goexit")
		counts(t, f, 3, `
			requests miss absent 1
			requests coalesced 2
			request_errors miss function 1
			request_errors coalesced function 2
			tier_lookups local not_found 3
			wait process error 2
			compute miss panic 1`)
	})
	bubble(t, "in the caller's goroutine", func(t *testing.T) {
		f := newFunc(t, func(context.Context, string) (int, error) { time.Sleep(time.Second); runtime.Goexit(); return 0, nil },
			cachier.WithMaxComputes(1))
		for _, opts := range [][]cachier.CallOption{nil, {cachier.SkipCache()}} {
			var group sync.WaitGroup
			group.Go(func() { _, _ = f.Call(context.Background(), "a", opts...); t.Error("the call returned") })
			group.Wait()
		}
		// Calls that don't return have no outcome.
		counts(t, f, 0, `
			tier_lookups local not_found 1
			compute miss panic 1
			compute bypass panic 1`)
	})
	bubble(t, "in the background", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour), cachier.WithBackend(membackend.New()), cachier.WithTTLJitter(0))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(func(context.Context, string, int) (string, error) { runtime.Goexit(); return "", nil })
		answers(t, f, "a", "a#1")
		synctest.Wait()
		s.set(nil)
		answers(t, f, "a", "a#1") // the room in the pool is free again
		synctest.Wait()
		answers(t, f, "a", "a#3")
	})
}

// A call of the same key from within its own computation computes directly.
func TestRecursion(t *testing.T) {
	bubble(t, "of itself", func(t *testing.T) {
		var f *cachier.Func[int, int]
		runs := 0
		f = newFunc(t, func(ctx context.Context, key int) (int, error) {
			if runs++; runs == 3 {
				return key, nil
			}
			if runs == 2 {
				return f.Refresh(ctx, key)
			}
			return f.Call(ctx, key)
		})
		answers(t, f, 7, 7)
		answers(t, f, 7, 7)
		counts(t, f, 4, `
			requests miss absent 2
			requests bypass refresh 1
			requests hit 1
			tier_lookups local not_found 2
			tier_lookups local ok 1
			compute miss ok 2
			compute refresh ok 1`)
	})
	bubble(t, "through another Func", func(t *testing.T) {
		var f, g *cachier.Func[int, int]
		depth := 0
		f = newFunc(t, func(ctx context.Context, key int) (int, error) {
			if depth++; depth == 3 {
				return key, nil
			}
			return g.Call(ctx, key)
		}, cachier.WithMaxComputes(1))
		g = newFunc(t, func(ctx context.Context, key int) (int, error) { return f.Call(ctx, key) }, cachier.WithMaxComputes(1))
		answers(t, f, 7, 7)
		s := f.Metrics().Snapshot().Plus(g.Metrics().Snapshot())
		if s.Calls() != 5 || s.Computations() != 5 || s.Requests(metrics.Miss) != 5 {
			t.Errorf("%q", exact(s))
		}
	})
	bubble(t, "with other keys", func(t *testing.T) {
		var f *cachier.Func[int, int]
		f = newFunc(t, func(ctx context.Context, key int) (int, error) {
			if key == 0 {
				return 0, nil
			}
			v, err := f.Call(ctx, key-1)
			return v + key, err
		})
		answers(t, f, 100, 5050)
		counts(t, f, 101, `
			requests miss absent 101
			tier_lookups local not_found 101
			compute miss ok 101`)
	})
}
