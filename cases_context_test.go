package cachier_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
)

// slowly is a run that takes ten seconds, or until its context ends.
func slowly(ctx context.Context, _ string, _ int) (string, error) {
	select {
	case <-time.After(10 * time.Second):
		return "", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func TestCaseWaitersContextEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(context.Context) (context.Context, context.CancelFunc)
		err  error
		kind string
	}{
		"canceled": {cancelAfterASecond, context.Canceled, "canceled"},
		"deadline": {deadlineInASecond, context.DeadlineExceeded, "deadline"},
	} {
		bubble(t, name, func(t *testing.T) {
			s := source{then: slowly}
			f := newFunc(t, s.get)
			results := together(t, 2, func(i int) (string, error) {
				ctx, cancel := t.Context(), func() {}
				if i == 1 {
					ctx, cancel = c.end(ctx)
				}
				defer cancel()
				return f.Call(ctx, "a")
			})
			if results[0] != "a#1" || results[1] != c.err.Error() {
				t.Error(results)
			}
			s.ran(t, "a", 1)
			counts(t, f, 2, `
				requests miss absent 1
				requests coalesced 1
				request_errors coalesced `+c.kind+` 1
				tier_lookups local not_found 2
				wait process canceled 1
				compute miss ok 1`)
		})
	}
}

func cancelAfterASecond(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(time.Second, cancel)
	return ctx, cancel
}

func deadlineInASecond(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Second)
}

func TestCaseStartersContextEnds(t *testing.T) {
	bubble(t, "others wait", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get)
		results := together(t, 3, func(i int) (string, error) {
			ctx, cancel := t.Context(), func() {}
			if i == 0 {
				ctx, cancel = deadlineInASecond(ctx)
			}
			defer cancel()
			return f.Call(ctx, "a")
		})
		if results[0] != context.DeadlineExceeded.Error() {
			t.Error(results)
		}
		all(t, results[1:], "a#1")
		answers(t, f, "a", "a#1") // it was stored
		counts(t, f, 4, `
			requests miss absent 1
			requests coalesced 2
			requests hit 1
			request_errors miss deadline 1
			tier_lookups local not_found 3
			tier_lookups local ok 1
			wait process ok 2
			compute miss ok 1`)
	})
	bubble(t, "nobody waits", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get)
		ctx, cancel := cancelAfterASecond(t.Context())
		defer cancel()
		v, err := f.Call(ctx, "a")
		gives(t, "Call", v, err, "", context.Canceled)
		synctest.Wait()
		counts(t, f, 1, `
			requests miss absent 1
			request_errors miss canceled 1
			tier_lookups local not_found 1
			compute miss canceled 1`)
	})
	bubble(t, "the last waiter leaves after it", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get)
		results := together(t, 2, func(i int) (string, error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Second)
			defer cancel()
			return f.Call(ctx, "a")
		})
		all(t, results, context.DeadlineExceeded.Error())
		synctest.Wait()
		s.set(nil)
		answers(t, f, "a", "a#2")
		counts(t, f, 3, `
			requests miss absent 2
			requests coalesced 1
			request_errors miss deadline 1
			request_errors coalesced deadline 1
			tier_lookups local not_found 3
			wait process canceled 1
			compute miss canceled 1
			compute miss ok 1`)
	})
	bubble(t, "and the function goes on all the same", func(t *testing.T) {
		// Who comes then does not wait for what nobody wants, and what that comes
		// to does not replace the newer value.
		var s source
		s.set(func(_ context.Context, _ string, run int) (string, error) {
			if run == 1 {
				time.Sleep(time.Minute)
			}
			return "", nil
		})
		f := newFunc(t, s.get)
		ctx, cancel := deadlineInASecond(t.Context())
		defer cancel()
		v, err := f.Call(ctx, "a")
		gives(t, "Call", v, err, "", context.DeadlineExceeded)
		answers(t, f, "a", "a#2")
		time.Sleep(time.Hour)
		answers(t, f, "a", "a#2")
		counts(t, f, 3, `
			requests miss absent 2
			requests hit 1
			request_errors miss deadline 1
			tier_lookups local not_found 2
			tier_lookups local ok 1
			compute miss ok 2`)
	})
}

func TestCaseWaitTimeout(t *testing.T) {
	bubble(t, "one second computation, in total", func(t *testing.T) {
		var s source
		s.set(func(context.Context, string, int) (string, error) { time.Sleep(time.Hour); return "", nil })
		f := newFunc(t, s.get, cachier.WithWaitTimeout(10*time.Second))
		results := together(t, 5, func(i int) (string, error) {
			if i == 4 { // it comes when the second one is under way, and joins that
				time.Sleep(time.Minute)
			}
			return f.Call(t.Context(), "a")
		})
		if results[0] != "a#1" {
			t.Errorf("the starter got %q", results[0])
		}
		all(t, results[1:], "a#2")
		answers(t, f, "a", "a#2")
		s.ran(t, "a", 2)
		counts(t, f, 6, `
			requests miss absent 1
			requests miss wait_timeout 1
			requests coalesced 3
			requests hit 1
			tier_lookups local not_found 5
			tier_lookups local ok 1
			wait process timeout 3
			wait process ok 3
			compute miss ok 2`)
	})
	bubble(t, "the first one lands in time", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithWaitTimeout(time.Minute))
		all(t, together(t, 3, func(int) (string, error) { return f.Call(t.Context(), "a") }), "a#1")
		counts(t, f, 3, `
			requests miss absent 1
			requests coalesced 2
			tier_lookups local not_found 3
			wait process ok 2
			compute miss ok 1`)
	})
	bubble(t, "a refresh keeps its outcome", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithWaitTimeout(time.Second))
		results := together(t, 2, func(int) (string, error) { return f.Refresh(t.Context(), "a") })
		if results[0] != "a#1" || results[1] != "a#2" {
			t.Error(results)
		}
		counts(t, f, 2, `
			requests bypass refresh 2
			wait process timeout 1
			compute refresh ok 2`)
	})
}

func TestCaseContextEndsDuringRemoteLookup(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(context.Context) (context.Context, context.CancelFunc)
		err  error
		kind string
	}{
		"canceled": {cancelAfterASecond, context.Canceled, "canceled"},
		"deadline": {deadlineInASecond, context.DeadlineExceeded, "deadline"},
	} {
		bubble(t, name, func(t *testing.T) {
			var s source
			f := newFunc(t, s.get, cachier.WithBackend(&hooked{
				Store: membackend.New(),
				onGet: func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() },
			}))
			ctx, cancel := c.end(t.Context())
			defer cancel()
			v, err := f.Call(ctx, "a")
			gives(t, "Call", v, err, "", c.err)
			s.ran(t, "a", 0)
			counts(t, f, 1, `
				requests miss canceled 1
				request_errors miss `+c.kind+` 1
				tier_lookups backend canceled 1
				backend get canceled 1`)
		})
	}
	bubble(t, "a look-up in memory does not test it", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get)
		answers(t, f, "a", "a#1")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		v, err := f.Call(ctx, "a")
		gives(t, "Call", v, err, "a#1", nil)
	})
}
