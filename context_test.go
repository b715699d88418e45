package cachier_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
)

// A computation has its starter's values, but neither its deadline nor its end.
func TestContextOfComputations(t *testing.T) {
	type key struct{}
	bubble(t, "values, but no deadline", func(t *testing.T) {
		f := newFunc(t, func(ctx context.Context, _ string) (any, error) {
			if _, ok := ctx.Deadline(); ok {
				t.Error("the caller's deadline was inherited")
			}
			return ctx.Value(key{}), nil
		})
		ctx, cancel := deadlineInASecond(context.WithValue(t.Context(), key{}, "value"))
		defer cancel()
		v, err := f.Call(ctx, "a")
		gives(t, "Call", v, err, any("value"), nil)
	})
	bubble(t, "of a refresh in the background too", func(t *testing.T) {
		var seen atomic.Value
		f := newFunc(t, func(ctx context.Context, _ string) (int, error) {
			seen.Store(ctx.Value(key{}))
			return 1, ctx.Err()
		}, cachier.WithTTL(time.Second), cachier.WithStaleWhileRevalidate(time.Minute))
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "of the first"))
		if _, err := f.Call(ctx, "a"); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
		ctx = context.WithValue(ctx, key{}, "of the second")
		if _, err := f.Call(ctx, "a"); err != nil {
			t.Error(err)
		}
		cancel()
		synctest.Wait()
		if seen.Load() != "of the second" {
			t.Error(seen.Load())
		}
	})
	bubble(t, "a time-out of its own", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithComputeTimeout(time.Second))
		v, err := f.Call(t.Context(), "a")
		gives(t, "Call", v, err, "", context.DeadlineExceeded)
		v, err = f.Call(t.Context(), "a", cachier.SkipCache())
		gives(t, "Call with SkipCache", v, err, "", context.DeadlineExceeded)
		counts(t, f, 2, `
			requests miss absent 1
			requests bypass skip 1
			request_errors miss deadline 1
			request_errors bypass deadline 1
			tier_lookups local not_found 1
			compute miss timeout 1
			compute bypass timeout 1`)
	})
}
