package cachier_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// waitFor waits until something holds that other goroutines bring about; the
// test's own time-out bounds it.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for !holds() {
		select {
		case <-t.Context().Done():
			t.Fatal("waited in vain for " + what)
		case <-time.After(time.Millisecond):
		}
	}
}

func TestStampede(t *testing.T) {
	const callers = 1000
	var runs atomic.Int32
	release := make(chan struct{})
	f := newFunc(t, func(context.Context, string) (int, error) {
		runs.Add(1)
		<-release
		return 42, nil
	})
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			v, err := f.Call(t.Context(), "cold")
			if v != 42 || err != nil {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
	waitFor(t, "all to wait", func() bool {
		s := f.Metrics().Snapshot()
		return s.Waiters() == callers-1 && s.InFlight() == callers
	})
	close(release)
	group.Wait()
	if runs.Load() != 1 {
		t.Errorf("the function ran %d times", runs.Load())
	}
	counts(t, f, callers, `
		requests miss absent 1
		requests coalesced 999
		tier_lookups local not_found 1000
		wait process ok 999
		compute miss ok 1`)
}

// Never are there more computations than allowed, whatever starts them, and all
// get their turn.
func TestMaxComputes(t *testing.T) {
	const limit, callers = 3, 200
	var under, most, runs atomic.Int32
	f := newFunc(t, func(_ context.Context, key int) (int, error) {
		runs.Add(1)
		for n := under.Add(1); n > most.Load(); {
			most.Store(n)
		}
		defer under.Add(-1)
		time.Sleep(100 * time.Microsecond)
		return key, nil
	}, cachier.WithMaxComputes(limit), cachier.WithTTL(time.Millisecond), cachier.WithStaleWhileRevalidate(2*time.Millisecond))
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			for j := range 20 {
				var err error
				switch key := (i + j) % 50; j % 5 {
				case 0:
					_, err = f.Refresh(t.Context(), key)
				case 1:
					_, err = f.Call(t.Context(), key, cachier.SkipCache())
				case 2:
					_, err = f.Call(t.Context(), key, cachier.MaxAge(-1))
				default:
					_, err = f.Call(t.Context(), key)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if most.Load() > limit {
		t.Errorf("%d computations at once, want at most %d", most.Load(), limit)
	}
	s := f.Metrics().Snapshot()
	if s.Calls() != callers*20 || s.Computations() != uint64(runs.Load()) {
		t.Errorf("%d calls and %d computations, want %d and %d", s.Calls(), s.Computations(), callers*20, runs.Load())
	}
	if s.WaitsBy(metrics.ScopeLimit, metrics.ResultOK).Count() == 0 {
		t.Error("nobody waited for a turn")
	}
}

// While it waits for its turn, a call can give up; so can one that bypasses the
// cache.
func TestMaxComputesCanceled(t *testing.T) {
	bubble(t, "waiting for a turn", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithMaxComputes(1))
		results := together(t, 4, func(i int) (string, error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*4*time.Second)
			defer cancel()
			switch i {
			case 0:
				return f.Call(t.Context(), "a")
			case 1:
				return f.Call(t.Context(), "b") // after the first
			case 2:
				return f.Call(ctx, "c")
			default:
				return f.Call(ctx, "c", cachier.SkipCache())
			}
		})
		for i, want := range []string{"a#1", "b#1", context.DeadlineExceeded.Error(), context.DeadlineExceeded.Error()} {
			if results[i] != want {
				t.Errorf("call %d came to %s, want %s", i, results[i], want)
			}
		}
		counts(t, f, 4, `
			requests miss absent 3
			requests bypass skip 1
			request_errors miss deadline 1
			request_errors bypass deadline 1
			tier_lookups local not_found 3
			wait limit ok 1
			wait limit canceled 2
			compute miss ok 2`)
	})
}

// A computation that needs another one of the same Func does not wait for ever,
// though it has the only turn.
func TestMaxComputesNested(t *testing.T) {
	bubble(t, "begun from within", func(t *testing.T) {
		var f *cachier.Func[int, int]
		f = newFunc(t, func(ctx context.Context, n int) (int, error) {
			if n < 2 {
				return n, nil
			}
			a, err := f.Call(ctx, n-1)
			if err != nil {
				return 0, err
			}
			b, err := f.Call(ctx, n-2)
			return a + b, err
		}, cachier.WithMaxComputes(1))
		answers(t, f, 50, 12586269025)
	})
	bubble(t, "joined from within", func(t *testing.T) {
		var f *cachier.Func[string, string]
		f = newFunc(t, func(ctx context.Context, key string) (string, error) {
			if key == "outer" {
				time.Sleep(time.Second) // until "inner" was begun, and waits for its turn
				return f.Call(ctx, "inner")
			}
			return key, nil
		}, cachier.WithMaxComputes(1))
		all(t, together(t, 2, func(i int) (string, error) {
			return f.Call(t.Context(), []string{"outer", "inner"}[i])
		}), "inner")
	})
}

func TestKeysAreApart(t *testing.T) {
	var s source
	f, g := newFunc(t, s.get), newFunc(t, s.get)
	for i := range 100 {
		key := strconv.Itoa(i)
		answers(t, f, key, key+"#1")
		answers(t, f, key, key+"#1")
	}
	answers(t, g, "1", "1#2") // another function with the same arguments
	answers(t, f, "1", "1#1")
}
