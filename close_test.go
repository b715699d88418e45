package cachier_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

func TestClose(t *testing.T) {
	bubble(t, "cancels what is under way and waits for it", func(t *testing.T) {
		var ended atomic.Int32
		f := newFunc(t, func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // takes its time
			ended.Add(1)
			return "", ctx.Err()
		})
		var results []string
		go func() {
			results = together(t, 3, func(i int) (string, error) {
				return f.Call(t.Context(), []string{"a", "a", "b"}[i])
			})
		}()
		time.Sleep(time.Minute)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if ended.Load() != 2 {
			t.Errorf("%d computations have ended, want 2", ended.Load())
		}
		synctest.Wait()
		if len(results) != 3 {
			t.Fatal("the callers still wait")
		}
		all(t, results, context.Canceled.Error())
		counts(t, f, 3, `
			requests miss absent 2
			requests coalesced 1
			request_errors miss canceled 2
			request_errors coalesced canceled 1
			tier_lookups local not_found 3
			wait process canceled 1
			compute miss canceled 2`)
	})
	bubble(t, "cancels refreshes in the background", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(func(ctx context.Context, _ string, _ int) (string, error) { <-ctx.Done(); return "", ctx.Err() })
		answers(t, f, "a", "a#1")
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		counts(t, f, 2, `
			requests miss absent 1
			requests stale revalidate 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute miss ok 1
			compute revalidate canceled 1`)
	})
	bubble(t, "waits no longer than its context", func(t *testing.T) {
		s := source{then: func(context.Context, string, int) (string, error) { time.Sleep(time.Hour); return "", nil }}
		f := newFunc(t, s.get)
		go func() { _, _ = f.Call(t.Context(), "a") }()
		synctest.Wait()
		ctx, cancel := deadlineInASecond(t.Context())
		defer cancel()
		if err := f.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "waits for a clean-up", func(t *testing.T) {
		store := &slowCleanup{Store: membackend.New()}
		var s source
		f := newFunc(t, s.get, cachier.WithBackend(store), cachier.WithCleanup(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if !store.canceled {
			t.Error("the clean-up was not canceled, or is still under way")
		}
	})
	t.Run("does not close the backend", func(t *testing.T) {
		store := membackend.New()
		var s source
		f := newFunc(t, s.get, cachier.WithBackend(store))
		answers(t, f, "a", "a#1")
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		answers(t, newFunc(t, s.get, cachier.WithBackend(store)), "a", "a#1")
	})
	t.Run("before the first call, and again", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithCleanup(time.Nanosecond))
		for range 2 {
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		answers(t, f, "a", "a#1")
		answers(t, f, "a", "a#2")
		counts(t, f, 2, `
			requests bypass disabled 2
			compute bypass ok 2`)
	})
}

type slowCleanup struct {
	*membackend.Store
	canceled bool
}

func (s *slowCleanup) Cleanup(ctx context.Context, _ string) (int, error) {
	<-ctx.Done()
	time.Sleep(time.Second)
	s.canceled = true
	return 0, ctx.Err()
}

// What a Func counted stays in its registry, and its name is free again.
func TestCloseKeepsTheCounts(t *testing.T) {
	r := metrics.NewRegistry()
	var s source
	for range 2 {
		f := cachier.Must(cachier.New("test", s.get, cachier.WithRegistry(r)))
		for range 10 {
			if _, err := f.Call(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s := r.Total(); s.Requests(metrics.Hit) != 18 || s.Requests(metrics.Miss) != 2 {
		t.Errorf("%q", exact(s))
	}
	if live := r.Lookup("test"); len(live) != 0 {
		t.Errorf("%d are still registered", len(live))
	}
	if _, err := cachier.New("test", func(context.Context, int) (int, error) { return 0, nil }, cachier.WithRegistry(r)); err != nil {
		t.Errorf("the name is not free for other types: %v", err)
	}
}

// A refresh that is due when the Func is closed is skipped, and counted.
func TestCloseDuringCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		var f *cachier.Func[string, string]
		store := &hooked{Store: membackend.New()}
		f = newFunc(t, s.get, cachier.WithBackend(store), cachier.WithTTL(time.Minute), cachier.WithTTLJitter(0),
			cachier.WithStaleWhileRevalidate(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		store.afterGet = func(int) {
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		answers(t, f, "a", "a#1")
		answers(t, f, "b", "b#1") // this one finds it closed
		counts(t, f, 3, `
			requests miss absent 1
			requests stale revalidate 1
			requests bypass disabled 1
			tier_lookups backend not_found 1
			tier_lookups backend ok 1
			backend get not_found 1
			backend get ok 1
			backend set ok 1
			refreshes_skipped closed 1
			compute miss ok 1
			compute bypass ok 1`)
	})
}
