package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

var errDown = errors.New("down")

// down is a run that takes a second and fails.
func down(context.Context, string, int) (string, error) {
	time.Sleep(time.Second)
	return "", errDown
}

// together runs calls of one key at the same time and returns what they came
// to, in the order of their beginnings, which are a millisecond apart.
func together(t *testing.T, n int, call func(i int) (string, error)) []string {
	t.Helper()
	results := make([]string, n)
	done := make(chan struct{})
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			defer func() {
				if p := recover(); p != nil {
					results[i] = fmt.Sprint("panic: ", p)
				}
			}()
			v, err := call(i)
			results[i] = v
			if err != nil {
				results[i] = err.Error()
			}
		}()
		time.Sleep(time.Millisecond)
	}
	for range n {
		<-done
	}
	return results
}

// all fails the test unless every call came to the same.
func all(t *testing.T, results []string, want string) {
	t.Helper()
	for i, got := range results {
		if got != want {
			t.Errorf("call %d came to %q, want %q", i, got, want)
		}
	}
}

func TestCaseStaleIfError(t *testing.T) {
	bubble(t, "starter and waiters", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleIfError(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(down)
		all(t, together(t, 3, func(int) (string, error) { return f.Call(t.Context(), "a") }), "a#1")
		counts(t, f, 4, `
			requests miss absent 1
			requests stale error 3
			tier_lookups local not_found 1
			tier_lookups local ok 3
			wait process error 2
			compute miss ok 1
			compute miss error 1`)
		if got := f.Metrics().Snapshot().StaleAge(); got.Count() != 3 {
			t.Errorf("%d stale ages, want 3", got.Count())
		}
	})
	bubble(t, "joined a refresh in the background", func(t *testing.T) {
		// It has begun while the value was to be served at once, and ends when it
		// is not any more.
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute),
			cachier.WithStaleWhileRevalidate(time.Minute), cachier.WithStaleIfError(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(func(context.Context, string, int) (string, error) { time.Sleep(time.Minute); return "", errDown })
		answers(t, f, "a", "a#1")
		time.Sleep(time.Second)
		answers(t, f, "a", "a#1")
		counts(t, f, 3, `
			requests miss absent 1
			requests stale revalidate 1
			requests stale error 1
			tier_lookups local not_found 1
			tier_lookups local ok 2
			wait process error 1
			compute miss ok 1
			compute revalidate error 1`)
	})
	bubble(t, "the window is over", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleIfError(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(2*time.Minute + 1)
		s.set(down)
		v, err := f.Call(t.Context(), "a")
		gives(t, "Call", v, err, "", errDown)
		counts(t, f, 2, `
			requests miss absent 1
			requests miss expired 1
			request_errors miss function 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute miss ok 1
			compute miss error 1`)
	})
	bubble(t, "older than the call allows", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleIfError(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(down)
		v, err := f.Call(t.Context(), "a", cachier.MaxAge(90*time.Second))
		gives(t, "Call", v, err, "", errDown)
		counts(t, f, 2, `
			requests miss absent 1
			requests miss too_old 1
			request_errors miss function 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute miss ok 1
			compute miss error 1`)
	})
}

func TestCaseFunctionFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: down}
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute))
		all(t, together(t, 3, func(int) (string, error) { return f.Call(t.Context(), "a") }), "down")
		s.set(nil)
		answers(t, f, "a", "a#2") // the error was not stored
		counts(t, f, 4, `
			requests miss absent 2
			requests coalesced 2
			request_errors miss function 1
			request_errors coalesced function 2
			tier_lookups local not_found 4
			wait process error 2
			compute miss error 1
			compute miss ok 1`)
	})
}

func TestCaseStoredError(t *testing.T) {
	bubble(t, "without a value", func(t *testing.T) {
		s := source{then: down}
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithErrorTTL(10*time.Second))
		for range 3 {
			v, err := f.Call(t.Context(), "a")
			gives(t, "Call", v, err, "", errDown)
		}
		s.ran(t, "a", 1)
		var info cachier.CallInfo
		time.Sleep(10 * time.Second)
		if _, err := f.Call(t.Context(), "a", cachier.Info(&info)); err != errDown || info.Age != 10*time.Second {
			t.Errorf("%v, %v old", err, info.Age)
		}
		time.Sleep(time.Nanosecond)
		s.set(nil)
		answers(t, f, "a", "a#2")
		counts(t, f, 5, `
			requests miss absent 2
			requests hit 3
			request_errors miss function 1
			request_errors hit function 3
			tier_lookups local not_found 5
			compute miss error 1
			compute miss ok 1`)
	})
	bubble(t, "beside a value that may stand in", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleIfError(time.Hour), cachier.WithErrorTTL(10*time.Second))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(down)
		answers(t, f, "a", "a#1")
		answers(t, f, "a", "a#1") // and the function isn't asked again
		counts(t, f, 3, `
			requests miss absent 1
			requests stale error 2
			tier_lookups local not_found 1
			tier_lookups local ok 2
			compute miss ok 1
			compute miss error 1`)
	})
	bubble(t, "a success or an invalidation ends it", func(t *testing.T) {
		s := source{then: down}
		f := newFunc(t, s.get, cachier.WithErrorTTL(time.Hour))
		end := map[string]func(ctx context.Context) error{
			"put":    func(ctx context.Context) error { return f.Put(ctx, "a", "put") },
			"delete": func(ctx context.Context) error { return f.Delete(ctx, "a") },
			"clear":  f.Clear,
			"refresh": func(ctx context.Context) error {
				s.set(nil)
				defer s.set(down)
				_, err := f.Refresh(ctx, "a")
				return err
			},
		}
		for name, end := range end {
			if err := f.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.set(down)
			if _, err := f.Call(t.Context(), "a"); err != errDown {
				t.Fatal(err)
			}
			if err := end(t.Context()); err != nil {
				t.Error(name, err)
			}
			s.set(func(context.Context, string, int) (string, error) { return "up", nil })
			if _, err := f.Call(t.Context(), "a"); err != nil {
				t.Errorf("after %s: %v", name, err)
			}
		}
	})
}

func TestCasePanic(t *testing.T) {
	bubble(t, "starter and waiters", func(t *testing.T) {
		s := source{then: func(context.Context, string, int) (string, error) {
			time.Sleep(time.Second)
			panic("boom")
		}}
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleIfError(time.Hour))
		all(t, together(t, 3, func(int) (string, error) { return f.Call(t.Context(), "a") }), "panic: boom")
		s.set(nil)
		answers(t, f, "a", "a#2")
		counts(t, f, 4, `
			requests miss absent 2
			requests coalesced 2
			request_errors miss panic 1
			request_errors coalesced panic 2
			tier_lookups local not_found 4
			wait process error 2
			compute miss panic 1
			compute miss ok 1`)
	})
	bubble(t, "in the background", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(func(context.Context, string, int) (string, error) { panic("boom") })
		answers(t, f, "a", "a#1")
		synctest.Wait()
		counts(t, f, 2, `
			requests miss absent 1
			requests stale revalidate 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute miss ok 1
			compute revalidate panic 1`)
	})
}

// What the outcomes of one call tell beside the counters.
func TestCallInfoOfFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: down}
		f := newFunc(t, s.get)
		var info cachier.CallInfo
		if _, err := f.Call(t.Context(), "a", cachier.Info(&info)); err != errDown {
			t.Error(err)
		}
		want := cachier.CallInfo{
			Outcome: metrics.Miss, Reason: metrics.ReasonAbsent, Duration: time.Second, Computed: time.Second, Age: metrics.Unknown,
		}
		if info != want {
			t.Errorf("%+v, want %+v", info, want)
		}
	})
}
