package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// invalidations are those that can fail, for the key "a".
var invalidations = map[string]func(context.Context, *cachier.Func[string, string]) error{
	"Delete": func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Delete(ctx, "a") },
	"Put":    func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Put(ctx, "a", "b") },
	"Clear":  func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Clear(ctx) },
}

// After an invalidation that failed, the old value is never served, and nothing
// is stored, until it has worked.
func TestCaseInvalidationFails(t *testing.T) {
	for name, invalidate := range invalidations {
		for where, opts := range map[string][]cachier.Option{
			"on the backend": {cachier.WithTTL(time.Hour)},
			"in both":        {cachier.WithTTL(time.Hour), cachier.WithLocal(10, time.Minute)},
			"stale":          {cachier.WithTTL(time.Nanosecond), cachier.WithStaleWhileRevalidate(time.Hour)},
		} {
			bubble(t, name+" "+where, func(t *testing.T) {
				var s source
				store := &faulty{Locker: membackend.New()}
				f := processes(t, 1, &s, store, opts...)[0]
				answers(t, f, "a", "a#1")
				time.Sleep(time.Second)
				store.fails(errDown, "set", "delete", "list")
				if err := invalidate(t.Context(), f); !errors.Is(err, errDown) {
					t.Error(err)
				}
				for i := range 20 { // also with an open circuit
					var info cachier.CallInfo
					answers(t, f, "a", fmt.Sprint("a#", i+2), cachier.Info(&info))
					if info.Outcome != metrics.Miss || info.Reason != metrics.ReasonBackendError {
						t.Errorf("%v, %v", info.Outcome, info.Reason)
					}
					if v, ok, err := f.Peek(t.Context(), "a"); ok || !errors.Is(err, cachier.ErrBlocked) {
						t.Errorf("Peek gave %q, %v", v, err)
					}
					time.Sleep(100 * time.Millisecond)
				}
				var why cachier.Explanation
				_, _ = f.Call(t.Context(), "a", cachier.Explain(&why))
				if !strings.Contains(why.String(), "blocked until a failed invalidation succeeds") {
					t.Error(why)
				}
				store.fails(nil, "set", "delete", "list")
				time.Sleep(time.Second)
				answers(t, f, "a", "a#23")
				answers(t, f, "a", "a#23")
			})
		}
	}
}

// A later invalidation that works unblocks, and one that fails after it blocks
// again.
func TestInvalidationWorksLater(t *testing.T) {
	for name, invalidate := range invalidations {
		for again, retry := range invalidations {
			if name == "Clear" && again != "Clear" {
				continue
			}
			bubble(t, name+", "+again, func(t *testing.T) {
				var s source
				store := &faulty{Locker: membackend.New()}
				f := processes(t, 1, &s, store)[0]
				answers(t, f, "a", "a#1")
				for range 2 {
					store.fails(errDown, "set", "delete", "list")
					if err := invalidate(t.Context(), f); err == nil {
						t.Error("it was to fail")
					}
					if v, ok, err := f.Peek(t.Context(), "a"); ok || err == nil {
						t.Errorf("Peek gave %q, %v", v, err)
					}
					store.fails(nil, "set", "delete", "list")
					if err := retry(t.Context(), f); err != nil {
						t.Error(err)
					}
					if _, _, err := f.Peek(t.Context(), "a"); err != nil {
						t.Error("still blocked")
					}
				}
			})
		}
	}
}

func TestBlockedStrictly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store, cachier.WithStrict())[0]
		answers(t, f, "a", "a#1")
		store.fails(errDown, "delete")
		_ = f.Delete(t.Context(), "a")
		if v, err := f.Call(t.Context(), "a"); v != "" || !errors.Is(err, cachier.ErrBlocked) {
			t.Errorf("%q, %v", v, err)
		}
		s.ran(t, "a", 1)
		answers(t, f, "b", "b#1") // other keys are not blocked
		answers(t, f, "b", "b#1")
	})
}

// More failed invalidations than are remembered one by one block everything.
func TestTooManyBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store)[0]
		answers(t, f, "other", "other#1")
		store.fails(errDown, "delete", "list")
		for i := range 1024 {
			_ = f.Delete(t.Context(), fmt.Sprint(i))
		}
		answers(t, f, "other", "other#1")
		_ = f.Delete(t.Context(), "one more")
		answers(t, f, "other", "other#2")
		answers(t, f, "one more", "one more#1")
		answers(t, f, "one more", "one more#2")
		store.fails(nil, "delete", "list")
		time.Sleep(time.Second)
		answers(t, f, "other", "other#3")
		answers(t, f, "other", "other#3")
		answers(t, f, "7", "7#1")
		answers(t, f, "7", "7#1")
	})
}

// A store that hangs holds up no reader for longer than one operation may take.
func TestBlockedAndFrozen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store, cachier.WithOperationTimeout(time.Second))[0]
		answers(t, f, "a", "a#1")
		store.fails(errDown, "delete", "list")
		if err := f.Clear(t.Context()); err == nil {
			t.Error("Clear was to fail")
		}
		for _, op := range []string{"get", "set", "lock", "delete", "list"} {
			store.on(op, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		}
		start := time.Now()
		_ = together(t, 100, func(int) (string, error) { return f.Call(t.Context(), "a") })
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

// With a tier in front, what another process changes is unseen for no longer
// than that tier keeps it.
func TestLocalBound(t *testing.T) {
	for name, change := range invalidations {
		bubble(t, name, func(t *testing.T) {
			var s source
			store := membackend.New()
			p := processes(t, 2, &s, store, cachier.WithLocal(10, time.Second))
			answers(t, p[0], "a", "a#1")
			for range 3 { // hits do not prolong it
				time.Sleep(300 * time.Millisecond)
				answers(t, p[1], "a", "a#1")
			}
			if err := change(t.Context(), p[0]); err != nil {
				t.Error(err)
			}
			start, want := time.Now(), "a#2"
			if name == "Put" {
				want = "b"
			}
			answers(t, p[0], "a", want) // whoever changes it sees it at once
			for {
				v, err := p[1].Call(t.Context(), "a")
				if err != nil {
					t.Error(err)
				}
				if v == want {
					break
				}
				if time.Since(start) > time.Second {
					t.Fatalf("%q was served after %v", v, time.Since(start))
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}
