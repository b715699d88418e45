package cachier_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// A store that fails now and then makes nobody compute who waits already.
func TestRemoteWaitOutlastsFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		store := &faulty{Locker: membackend.New()}
		p := processes(t, 2, &s, store)
		store.on("lock", func(context.Context) error {
			if store.count("lock")%3 > 0 && store.count("lock") > 2 {
				return errDown
			}
			return nil
		})
		all(t, together(t, 2, func(i int) (string, error) { return p[i].Call(t.Context(), "a") }), "a#1")
		s.ran(t, "a", 1)
		store.on("lock", nil)
		start := time.Now()
		go func() { _, _ = p[0].Call(t.Context(), "b") }()
		synctest.Wait()
		time.AfterFunc(time.Second, func() { store.fails(errDown, "lock") }) // for good
		answers(t, p[1], "b", "b#2")
		if d := time.Since(start); d > 12*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

// A computation may take longer than its lease, also when the store fails now
// and then.
func TestLeaseIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: func(context.Context, string, int) (string, error) { time.Sleep(time.Minute); return "", nil }}
		store := &faulty{Locker: membackend.New()}
		store.on("extend", func(context.Context) error {
			if store.count("extend")%2 == 1 {
				return errDown
			}
			return nil
		})
		p := processes(t, 2, &s, store, cachier.WithLease(10*time.Second))
		all(t, together(t, 2, func(i int) (string, error) { return p[i].Call(t.Context(), "a") }), "a#1")
		s.ran(t, "a", 1)
		n := store.count("extend")
		time.Sleep(time.Hour)
		if store.count("extend") != n {
			t.Error("a lease is renewed that is over")
		}
	})
}

func TestCaseContextEndsAtARemoteWait(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{then: slowly}
		p := processes(t, 2, &s, store)
		results := together(t, 4, func(i int) (string, error) {
			ctx, cancel := t.Context(), context.CancelFunc(func() {})
			if i == 1 || i == 3 {
				ctx, cancel = deadlineInASecond(ctx)
			}
			defer cancel()
			return p[min(i, 1)].Call(ctx, []string{"a", "a", "a", "b"}[i])
		})
		if results[1] != context.DeadlineExceeded.Error() || results[2] != "a#1" {
			t.Error(results)
		}
		ctx, cancel := deadlineInASecond(t.Context())
		defer cancel()
		go func() { _, _ = p[0].Call(t.Context(), "c") }()
		synctest.Wait()
		_, err := p[1].Call(ctx, "c")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		synctest.Wait()
		story(t, p[1], `
			requests coalesced 3
			requests miss absent 1
			request_errors coalesced deadline 2
			request_errors miss deadline 1
			compute miss canceled 1
			wait process ok 1
			wait distributed ok 1
			wait distributed canceled 1`)
		time.Sleep(time.Minute)
	})
}

func TestRefreshBehindLeavesItToAnotherProcess(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		var s source
		p := processes(t, 3, &s, store, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour))
		answers(t, p[0], "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(slowly)
		for range 3 {
			for _, f := range p {
				answers(t, f, "a", "a#1")
				synctest.Wait()
			}
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		for _, f := range p {
			answers(t, f, "a", "a#2")
		}
		s.ran(t, "a", 2)
		for _, f := range p[1:] {
			story(t, f, `
				requests stale revalidate 3
				requests hit 1`)
		}
	})
}

// What another process invalidates while this one computes is not stored.
func TestInvalidationInAnotherProcess(t *testing.T) {
	for name, c := range map[string]struct {
		invalidate func(context.Context, *cachier.Func[string, string]) error
		want       string
	}{
		"Put":    {func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Put(ctx, "a", "b") }, "b"},
		"Delete": {func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Delete(ctx, "a") }, ""},
		"Clear":  {func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Clear(ctx) }, ""},
		"Refresh": {func(ctx context.Context, f *cachier.Func[string, string]) error {
			_, err := f.Refresh(ctx, "a")
			return err
		}, "a#2"},
	} {
		t.Run(name, func(t *testing.T) {
			shared(t, func(t *testing.T, store backend.Locker) {
				s := source{then: func(_ context.Context, _ string, run int) (string, error) {
					if run == 1 {
						time.Sleep(10 * time.Second)
					}
					return "", nil
				}}
				p := processes(t, 2, &s, store)
				time.AfterFunc(time.Second, func() {
					if err := c.invalidate(t.Context(), p[1]); err != nil {
						t.Error(err)
					}
				})
				answers(t, p[0], "a", "a#1")
				for _, f := range p {
					if v, _, err := f.Peek(t.Context(), "a"); v != c.want || err != nil {
						t.Errorf("stored %q, %v; want %q", v, err, c.want)
					}
				}
			})
		})
	}
}

// A call that allows no old value waits for no computation that is older than
// itself, here or elsewhere.
func TestMaxAgeDoesNotWaitForOlder(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{then: slowly}
		p := processes(t, 2, &s, store)
		results := together(t, 3, func(i int) (string, error) {
			if i == 2 {
				return p[1].Call(t.Context(), "a", cachier.MaxAge(-1))
			}
			return p[i].Call(t.Context(), "a")
		})
		if results[0] != "a#1" || results[2] != "a#2" {
			t.Error(results)
		}
		if n := total(p).Misses(metrics.ReasonTooOld); n != 1 {
			t.Errorf("%d calls found everything too old", n)
		}
	})
}

// Close ends a wait for another process.
func TestCloseEndsRemoteWaits(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{then: slowly}
		p := processes(t, 2, &s, store)
		time.AfterFunc(time.Second, func() {
			if err := p[1].Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
		start := time.Now()
		results := together(t, 2, func(i int) (string, error) {
			v, err := p[i].Call(t.Context(), "a")
			if i == 1 {
				took(t, start, time.Second)
			}
			return v, err
		})
		if results[0] != "a#1" || results[1] != context.Canceled.Error() {
			t.Error(results)
		}
		s.ran(t, "a", 1)
	})
}

// Whoever is made to wait can be told so.
func TestExplainRemoteWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		p := processes(t, 2, &s, membackend.New())
		var why [2]cachier.Explanation
		together(t, 2, func(i int) (string, error) { return p[i].Call(t.Context(), "a", cachier.Explain(&why[i])) })
		if text := why[1].String(); !strings.Contains(text, "waited for another process") || !strings.Contains(text, "outcome: coalesced") ||
			strings.Contains(text, "computed in") {
			t.Error(text)
		}
	})
}
