package cachier_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

func TestCaseBackendFails(t *testing.T) {
	bubble(t, "reading", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithBackend(&hooked{
			Store: membackend.New(), onGet: func(context.Context, int) error { return errDown },
		}))
		answers(t, f, "a", "a#1")
		v, ok, err := f.Peek(t.Context(), "a")
		if failed, is := errors.AsType[*backend.Error](err); v != "" || ok || !is || failed.Op != "get" || !errors.Is(err, errDown) {
			t.Errorf("Peek gave %q, %v, %v", v, ok, err)
		}
		counts(t, f, 1, `
			requests miss backend_error 1
			tier_lookups backend error 1
			backend get error 2
			backend set ok 1
			operations peek error 1
			compute miss ok 1`)
	})
	bubble(t, "too slowly", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithOperationTimeout(time.Second), cachier.WithBackend(&hooked{
			Store: membackend.New(), onGet: func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() },
		}))
		var info cachier.CallInfo
		answers(t, f, "a", "a#1", cachier.Info(&info))
		if info.Duration != time.Second {
			t.Errorf("it took %v, want the operation's time-out", info.Duration)
		}
		counts(t, f, 1, `
			requests miss backend_error 1
			tier_lookups backend timeout 1
			backend get timeout 1
			backend set ok 1
			compute miss ok 1`)
	})
	bubble(t, "strictly", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithStrict(), cachier.WithBackend(&hooked{
			Store: membackend.New(), onGet: func(context.Context, int) error { return errDown },
		}))
		v, err := f.Call(t.Context(), "a")
		if v != "" || !errors.Is(err, errDown) {
			t.Errorf("%q, %v", v, err)
		}
		s.ran(t, "a", 0)
		counts(t, f, 1, `
			requests miss backend_error 1
			request_errors miss backend 1
			tier_lookups backend error 1
			backend get error 1`)
	})
	bubble(t, "writing", func(t *testing.T) {
		var s source
		store := &hooked{
			Store:    membackend.New(),
			onSet:    func(context.Context, int) error { return errDown },
			onDelete: func(context.Context, int) error { return errDown },
		}
		f := newFunc(t, s.get, cachier.WithBackend(store))
		answers(t, f, "a", "a#1")
		answers(t, f, "a", "a#2")
		for op, err := range map[string]error{"set": f.Put(t.Context(), "a", "b"), "delete": f.Delete(t.Context(), "a")} {
			if failed, ok := errors.AsType[*backend.Error](err); !ok || failed.Op != op || failed.Backend != "memory" {
				t.Errorf("%s: %v", op, err)
			}
		}
		counts(t, f, 2, `
			requests miss absent 2
			tier_lookups backend not_found 2
			backend get not_found 2
			backend set error 3
			backend delete error 1
			operations put error 1
			operations delete error 1
			compute miss ok 2`)
	})
}

func TestCaseUndecodable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &hooked{Store: membackend.New()}
		f := newFunc(t, s.get, cachier.WithBackend(store))
		answers(t, f, "a", "a#1")
		for info, err := range store.List(t.Context(), "") {
			e, err2 := store.Get(t.Context(), info.Key)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			e.Value[0] ^= 1
			if err := store.Set(t.Context(), info.Key, e); err != nil {
				t.Fatal(err)
			}
		}
		answers(t, f, "a", "a#2")
		answers(t, f, "a", "a#2")
		counts(t, f, 3, `
			requests miss absent 1
			requests miss decode_error 1
			requests hit 1
			tier_lookups backend not_found 1
			tier_lookups backend error 1
			tier_lookups backend ok 1
			backend get not_found 1
			backend get ok 2
			backend set ok 2
			backend delete ok 1
			removals backend corrupt unknown 1
			compute miss ok 2`)
	})
}

func TestCaseRejected(t *testing.T) {
	type value = []float64
	big, none, nan := make(value, 1000), value(nil), value{math.NaN()}
	store := func() cachier.Option { return cachier.WithBackend(&hooked{Store: membackend.New()}) }
	full := func(err error) cachier.Option {
		return cachier.WithBackend(&hooked{Store: membackend.New(), onSet: func(context.Context, int) error { return err }})
	}
	for name, c := range map[string]struct {
		value  value
		opts   []cachier.Option
		reason metrics.Rejection
		sized  bool
	}{
		"too large":                {big, []cachier.Option{cachier.WithEntrySizeLimit(100)}, metrics.RejectSizeLimit, true},
		"too heavy":                {big, []cachier.Option{cachier.WithMaxWeight(100)}, metrics.RejectSizeLimit, true},
		"nil":                      {none, []cachier.Option{cachier.WithoutNil()}, metrics.RejectNil, false},
		"too large, on a backend":  {big, []cachier.Option{store(), cachier.WithEntrySizeLimit(100)}, metrics.RejectSizeLimit, true},
		"nil, on a backend":        {none, []cachier.Option{store(), cachier.WithoutNil()}, metrics.RejectNil, false},
		"not encodable":            {nan, []cachier.Option{store()}, metrics.RejectEncodeError, false},
		"too large for a backend":  {big, []cachier.Option{full(backend.ErrTooLarge)}, metrics.RejectSizeLimit, true},
		"the backend has no room":  {big, []cachier.Option{full(backend.ErrFull)}, metrics.RejectBackendFull, true},
		"sizes that the user says": {none, []cachier.Option{cachier.WithEntrySizeLimit(100), cachier.WithSizer(func(string, value) int64 { return 101 })}, metrics.RejectSizeLimit, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFunc(t, func(context.Context, string) (value, error) { return c.value, nil }, c.opts...)
			for range 2 {
				v, err := f.Call(t.Context(), "a")
				if len(v) != len(c.value) || err != nil {
					t.Errorf("%v, %v", v, err)
				}
			}
			s := f.Metrics().Snapshot()
			if s.Requests(metrics.Miss) != 2 || s.Calls() != 2 || s.Computations() != 2 {
				t.Errorf("%q: want two misses that computed", exact(s))
			}
			if s.ComputeBy(metrics.TriggerMiss, metrics.ResultOK).Count() != 2 {
				t.Errorf("%q: a rejected value is no failure", exact(s))
			}
			if s.Rejections(c.reason) != 2 || (s.RejectedSize().Count() == 2) != c.sized {
				t.Errorf("%q: want two of %v; %d sizes", exact(s), c.reason, s.RejectedSize().Count())
			}
			if n := s.EntrySize().Count(); n != 0 {
				t.Errorf("%d stored sizes of what was not stored", n)
			}
		})
	}
}

// A value that is refused does not leave the one before it in place.
func TestRejectedReplacement(t *testing.T) {
	for name, opts := range map[string][]cachier.Option{
		"in memory": nil, "on a backend": {cachier.WithBackend(&hooked{Store: membackend.New()})},
		"in both": {cachier.WithBackend(&hooked{Store: membackend.New()}), cachier.WithLocal(10, time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			value := []byte("small")
			f := newFunc(t, func(context.Context, string) ([]byte, error) { return value, nil },
				append(opts, cachier.WithEntrySizeLimit(50), cachier.WithSizer(func(_ string, v []byte) int64 { return int64(len(v)) }))...)
			replace := map[string]func() error{
				"Refresh": func() error { _, err := f.Refresh(t.Context(), "a"); return err },
				"MaxAge":  func() error { _, err := f.Call(t.Context(), "a", cachier.MaxAge(-1)); return err },
				"Put":     func() error { return f.Put(t.Context(), "a", value) },
			}
			for how, replace := range replace {
				value = []byte("small")
				if _, err := f.Refresh(t.Context(), "a"); err != nil {
					t.Fatal(err)
				}
				value = make([]byte, 100)
				if err := replace(); err != nil {
					t.Error(err)
				}
				if v, ok, _ := f.Peek(t.Context(), "a"); ok {
					t.Errorf("after %s, %q is still served", how, v)
				}
			}
		})
	}
}

func TestCaseOperations(t *testing.T) {
	bubble(t, "in memory", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute))
		operate(t, f, 2)
		counts(t, f, 0, `
			operations peek not_found 3
			operations peek ok 2
			operations put ok 4
			operations delete ok 2
			operations cleanup ok 1
			operations clear ok 1
			removals local invalidated unknown 1
			removals local expired false 2
			removals local cleared unknown 1`)
	})
	bubble(t, "on a backend", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithTTLJitter(0), cachier.WithBackend(&hooked{Store: membackend.New()}))
		operate(t, f, 1)
		counts(t, f, 0, `
			operations peek not_found 3
			operations peek ok 2
			operations put ok 4
			operations delete ok 2
			operations cleanup ok 1
			operations clear ok 1
			backend get not_found 3
			backend get ok 2
			backend set ok 4
			backend delete ok 2
			backend list ok 1
			backend clear ok 1
			backend lock ok 1
			removals backend expired unknown 1`)
	})
}

// operate uses everything that is no call. Two values expire, of which a backend
// may have dropped the one that it was asked for.
func operate(t *testing.T, f *cachier.Func[string, string], expired int) {
	t.Helper()
	ctx := t.Context()
	peek := func(key, want string) {
		t.Helper()
		if v, ok, err := f.Peek(ctx, key); v != want || ok != (want != "") || err != nil {
			t.Errorf("Peek(%s) gave %q, %v, %v", key, v, ok, err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	peek("a", "")
	must(f.Put(ctx, "a", "1"))
	peek("a", "1")
	must(f.Delete(ctx, "a"))
	must(f.Delete(ctx, "a")) // what isn't there is no error
	peek("a", "")
	must(f.Put(ctx, "a", "2"))
	must(f.Put(ctx, "c", "2"))
	time.Sleep(time.Minute + 2)
	peek("a", "") // not what is out of date
	must(f.Put(ctx, "b", "3"))
	if n, err := f.Cleanup(ctx); n != expired || err != nil {
		t.Errorf("Cleanup removed %d, %v", n, err)
	}
	peek("b", "3")
	must(f.Clear(ctx))
	must(f.ReleaseLocks(ctx))
}
