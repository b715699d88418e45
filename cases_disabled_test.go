package cachier_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
)

func TestCaseDisabled(t *testing.T) {
	var f *cachier.Func[string, string]
	var ran atomic.Int32
	fresh := func(t *testing.T) {
		ran.Store(0)
		f = newFunc(t, func(_ context.Context, key string) (string, error) { ran.Add(1); return key + " computed", nil })
		if err := f.Put(t.Context(), "a", "a put"); err != nil {
			t.Fatal(err)
		}
	}
	// Three calls that compute, and operations that work all the same.
	disabled := func(t *testing.T, ctx context.Context) {
		t.Helper()
		for _, call := range []func() (string, error){
			func() (string, error) { return f.Call(ctx, "a") },
			func() (string, error) { return f.Call(ctx, "a", cachier.MaxAge(time.Hour)) },
			func() (string, error) { return f.Refresh(ctx, "a") },
		} {
			v, err := call()
			gives(t, "call", v, err, "a computed", nil)
		}
		if ran.Load() != 3 {
			t.Errorf("the function ran %d times, want 3", ran.Load())
		}
		if v, ok, err := f.Peek(ctx, "a"); v != "a put" || !ok || err != nil {
			t.Errorf("Peek gave %q, %v, %v", v, ok, err)
		}
		if err := f.Put(ctx, "b", "b put"); err != nil {
			t.Error(err)
		}
		if err := f.Delete(ctx, "b"); err != nil {
			t.Error(err)
		}
	}
	const counted = `
		requests bypass disabled 3
		compute bypass ok 3
		operations put ok 2
		operations delete ok 1
		operations peek ok 1
		removals local invalidated unknown 1`
	enabled := func(t *testing.T) {
		t.Helper()
		answers(t, f, "a", "a put")
		counts(t, f, 4, counted+"\nrequests hit 1\ntier_lookups local ok 1")
	}
	t.Run("process", func(t *testing.T) {
		fresh(t)
		cachier.Disable()
		defer cachier.Enable()
		disabled(t, t.Context())
		cachier.Enable()
		enabled(t)
	})
	t.Run("context", func(t *testing.T) {
		fresh(t)
		disabled(t, cachier.Bypass(t.Context()))
		enabled(t)
	})
	t.Run("closed", func(t *testing.T) {
		fresh(t)
		if err := f.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		disabled(t, t.Context())
		counts(t, f, 3, counted)
		if err := f.Clear(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestDisabledVariable(t *testing.T) {
	child(t, "^TestDisabledFromTheStart$", cachier.DisabledVariable+"=1")
}

// TestDisabledFromTheStart is for the child of TestDisabledVariable.
func TestDisabledFromTheStart(t *testing.T) {
	if !isChild() {
		return // TestDisabledVariable runs it
	}
	var s source
	f := newFunc(t, s.get)
	answers(t, f, "a", "a#1")
	answers(t, f, "a", "a#2")
	cachier.Enable()
	answers(t, f, "a", "a#3")
	answers(t, f, "a", "a#3")
}
