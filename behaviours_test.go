package cachier_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// What the Python package's own tests pin down, in memory, on a backend, and in
// both; see docs/from-python.md. The cases of a call have their own tests.

func TestSecondCallIsServed(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		var s source
		f := newFunc(t, s.get, opts...)
		for range 3 {
			answers(t, f, "a", "a#1")
			answers(t, f, "b", "b#1") // other arguments, another entry
		}
		if f.Name() != "test" {
			t.Error(f.Name())
		}
		v, err := f.Func()(t.Context(), "a")
		gives(t, "Func", v, err, "a#1", nil)
	})
}

// Equal arguments are one call, whatever they are made of.
func TestEqualArguments(t *testing.T) {
	type point struct{ X, Y int32 }
	type query struct {
		Name string
		At   point
		Tags [2]string
	}
	type name string
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		once(t, opts, "a", "b")
		once(t, opts, name("a"), name("b"))
		once(t, opts, 1, -1)
		once(t, opts, uint8(1), uint8(255))
		once(t, opts, true, false)
		once(t, opts, query{"n", point{1, 2}, [2]string{"x", "y"}}, query{"n", point{2, 1}, [2]string{"x", "y"}})
		once(t, opts, [3]int{1, 2, 3}, [3]int{3, 2, 1})
		once(t, opts, []byte("a"), []byte("b"))
		once(t, opts, []string{"a", "b"}, []string{"ab"})
		once(t, opts, struct{ IDs []int }{[]int{1}}, struct{ IDs []int }{[]int{2}})
		big := map[string]int{}
		for i := range 100 {
			big[fmt.Sprint(i)] = i
		}
		once(t, opts, big, map[string]int{"1": 1})
	})
}

// once calls with equal arguments, and with another one.
func once[K any](t *testing.T, opts []cachier.Option, k, other K) {
	t.Helper()
	runs := 0
	f, err := cachier.New("test", func(context.Context, K) (int, error) { runs++; return runs, nil }, private(opts)...)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close(t.Context())
	if err := f.Clear(t.Context()); err != nil { // the same store serves all types here
		t.Fatal(err)
	}
	answers(t, f, k, 1)
	answers(t, f, clone(k), 1)
	answers(t, f, other, 2)
	answers(t, f, k, 1)
}

// clone copies a map in another order, and anything else as it is.
func clone[K any](k K) K {
	m, ok := any(k).(map[string]int)
	if !ok {
		return k
	}
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	other := map[string]int{}
	for _, key := range keys {
		other[key] = m[key]
	}
	return any(other).(K)
}

func TestWithKey(t *testing.T) {
	type request struct {
		Path string
		Time time.Time // makes no difference
		Body any       // could not be a key
	}
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		runs := 0
		f := newFunc(t, func(context.Context, request) (int, error) { runs++; return runs, nil },
			append(opts, cachier.WithKey(func(r request) string { return r.Path }))...)
		answers(t, f, request{Path: "/", Time: time.Now()}, 1)
		answers(t, f, request{Path: "/", Body: t}, 1)
		answers(t, f, request{Path: "/x"}, 2)
	})
}

func TestClearLeavesOtherFunctions(t *testing.T) {
	store := membackend.New()
	for name, opts := range map[string][]cachier.Option{"in memory": nil, "on a shared backend": {cachier.WithBackend(store)}} {
		t.Run(name, func(t *testing.T) {
			var s source
			a := closing(t, cachier.Must(cachier.New("a", s.get, private(opts)...)))
			b := closing(t, cachier.Must(cachier.New("ab", s.get, private(opts)...)))
			for _, key := range []string{"x", "y"} {
				answers(t, a, key, key+"#1")
				answers(t, b, key, key+"#2")
			}
			if err := a.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"x", "y"} {
				answers(t, b, key, key+"#2")
				answers(t, a, key, key+"#3")
			}
		})
	}
}

func TestCleanupRemovesOnlyWhatIsOver(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		var s source
		f := newFunc(t, s.get, append(opts, cachier.WithTTL(time.Minute),
			cachier.WithStaleWhileRevalidate(time.Minute), cachier.WithStaleIfError(2*time.Minute))...)
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		answers(t, f, "b", "b#1")
		cleaned := func(want int) {
			t.Helper()
			if n, err := f.Cleanup(t.Context()); (n > 0) != (want > 0) || err != nil {
				t.Errorf("removed %d, %v; want %d", n, err, want)
			}
		}
		cleaned(0)
		time.Sleep(time.Minute)
		cleaned(0) // the last instant of stale-if-error
		time.Sleep(2 * time.Nanosecond)
		cleaned(1)
		s.set(down)
		answers(t, f, "b", "b#1")
		if _, err := f.Call(t.Context(), "a"); err != errDown {
			t.Error("a was to be gone:", err)
		}
	})
}

func TestWithCleanup(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		var s source
		f := newFunc(t, s.get, append(opts, cachier.WithTTL(time.Second), cachier.WithCleanup(time.Minute))...)
		for i := range 3 {
			key := fmt.Sprint(i)
			answers(t, f, key, key+"#1")
		}
		time.Sleep(90 * time.Second)
		snap := f.Metrics().Snapshot()
		if n := snap.Gauges().Tiers[metrics.TierLocal].Entries; n > 0 {
			t.Errorf("%d entries are left in memory", n)
		}
		if n := snap.OperationsBy(metrics.OperationCleanup, metrics.ResultOK); n != 1 {
			t.Errorf("%d clean-ups", n)
		}
		time.Sleep(time.Minute)
		if n := f.Metrics().Snapshot().OperationsBy(metrics.OperationCleanup, metrics.ResultOK); n != 2 {
			t.Errorf("%d clean-ups after another minute", n)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		if n := f.Metrics().Snapshot().OperationsBy(metrics.OperationCleanup, metrics.ResultOK); n != 2 {
			t.Errorf("%d clean-ups: they went on after Close", n)
		}
	})
}

func TestNilResultsAreStored(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		storesNil[*int](t, opts)
		storesNil[[]string](t, opts)
		storesNil[[]byte](t, opts)
		storesNil[map[string]int](t, opts)
	})
}

func storesNil[V any](t *testing.T, opts []cachier.Option) {
	t.Helper()
	runs := 0
	fn := func(context.Context, string) (v V, err error) { runs++; return v, nil }
	f := closing(t, cachier.Must(cachier.New(fmt.Sprintf("nil %T", *new(V)), fn, private(opts)...)))
	for range 3 {
		v, err := f.Call(t.Context(), "a")
		if any(v) == nil || fmt.Sprintf("%#v", v) != fmt.Sprintf("%#v", *new(V)) || err != nil {
			t.Errorf("got %#v, %v", v, err)
		}
	}
	if runs != 1 {
		t.Errorf("a nil %T was computed %d times", *new(V), runs)
	}
	refusing := closing(t, cachier.Must(cachier.New(fmt.Sprintf("not nil %T", *new(V)), fn, private(append(opts, cachier.WithoutNil()))...)))
	for range 2 {
		if _, err := refusing.Call(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
	if runs != 3 {
		t.Errorf("a nil %T was stored WithoutNil", *new(V))
	}
}

// An empty slice isn't a nil one, wherever it was.
func TestEmptyIsNotNil(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		f := newFunc(t, func(context.Context, string) ([]byte, error) { return []byte{}, nil }, opts...)
		for range 2 {
			if v, err := f.Call(t.Context(), "a"); v == nil || len(v) != 0 || err != nil {
				t.Errorf("got %#v, %v", v, err)
			}
		}
	})
}
