package cachier_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// told makes two Funcs that share a store and keep its values in memory for a
// day, as of a moment when both are told of changes.
func told(t *testing.T, s *source, store backend.Backend) (f, other *cachier.Func[string, string]) {
	t.Helper()
	p := processes(t, 2, s, store, cachier.WithLocal(100, 24*time.Hour))
	for _, f := range p {
		if err := f.Delete(t.Context(), "none"); err != nil { // begins to use it
			t.Fatal(err)
		}
	}
	synctest.Wait()
	return p[0], p[1]
}

// tierOf returns where a call found its value.
func tierOf(t *testing.T, f *cachier.Func[string, string], key, want string) metrics.Tier {
	t.Helper()
	var info cachier.CallInfo
	answers(t, f, key, want, cachier.Info(&info))
	return info.Tier
}

// What another process stores or removes leaves the memory of this one.
func TestLocalTierIsToldOfChanges(t *testing.T) {
	for name, c := range map[string]struct {
		change func(ctx context.Context, other *cachier.Func[string, string]) error
		after  string
		reason metrics.Removal
	}{
		"Put": {func(ctx context.Context, other *cachier.Func[string, string]) error {
			return other.Put(ctx, "a", "put")
		}, "put", metrics.RemovalInvalidated},
		"Refresh": {func(ctx context.Context, other *cachier.Func[string, string]) error {
			_, err := other.Refresh(ctx, "a")
			return err
		}, "a#2", metrics.RemovalInvalidated},
		"MaxAge": {func(ctx context.Context, other *cachier.Func[string, string]) error {
			_, err := other.Call(ctx, "a", cachier.MaxAge(-1))
			return err
		}, "a#2", metrics.RemovalInvalidated},
		"Delete": {func(ctx context.Context, other *cachier.Func[string, string]) error { return other.Delete(ctx, "a") }, "a#2", metrics.RemovalInvalidated},
		"Clear":  {func(ctx context.Context, other *cachier.Func[string, string]) error { return other.Clear(ctx) }, "a#2", metrics.RemovalCleared},
	} {
		bubble(t, name, func(t *testing.T) {
			var s source
			f, other := told(t, &s, membackend.New())
			answers(t, f, "a", "a#1")
			synctest.Wait()
			if err := c.change(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			answers(t, f, "a", c.after)
			if n := f.Metrics().Snapshot().Removals(metrics.TierLocal, c.reason, metrics.ReadUnknown); n != 1 {
				t.Errorf("%d removals, want 1: %q", n, exact(f.Metrics().Snapshot()))
			}
		})
	}
}

// A key is found again whatever its form on the store and in memory is.
func TestLocalTierIsToldOfAnyKey(t *testing.T) {
	type pair struct {
		A string
		B int
	}
	toldOf(t, "string", "a")
	toldOf(t, "long", strings.Repeat("long", 100))
	toldOf(t, "unprintable", "a\x00\n")
	toldOf(t, "struct", pair{"a", 1})
	toldOf(t, "slice", []int{1, 2})
	toldOf(t, "WithKey", 1.5, cachier.WithKey(func(f float64) string { return fmt.Sprint(f) }))
}

func toldOf[K any](t *testing.T, name string, key K, opts ...cachier.Option) {
	bubble(t, name, func(t *testing.T) {
		runs := 0
		fn := func(context.Context, K) (int, error) { runs++; return runs, nil }
		opts := append(opts, cachier.WithBackend(membackend.New()), cachier.WithLocal(10, time.Hour))
		f, other := newFunc(t, fn, opts...), newFunc(t, fn, opts...)
		answers(t, f, key, 1)
		synctest.Wait()
		answers(t, f, key, 1)
		if err := other.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		answers(t, f, key, 2)
	})
}

// What this process stores itself stays in its memory.
func TestOwnStoresCostNoLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		f, _ := told(t, &s, membackend.New())
		for name, store := range map[string]func() error{
			"Call":    func() error { _, err := f.Call(t.Context(), "a"); return err },
			"Refresh": func() error { _, err := f.Refresh(t.Context(), "a"); return err },
			"Put":     func() error { return f.Put(t.Context(), "a", "x") },
		} {
			if err := store(); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			var info cachier.CallInfo
			if _, err := f.Call(t.Context(), "a", cachier.Info(&info)); info.Tier != metrics.TierLocal || err != nil {
				t.Errorf("after %s: from the tier %v, %v", name, info.Tier, err)
			}
		}
	})
}

// Where something may have gone untold, nothing in memory counts as current.
func TestLocalTierAfterAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &telling{Store: membackend.New()}
		f, other := told(t, &s, store)
		answers(t, f, "a", "a#1")
		answers(t, f, "b", "b#1")
		synctest.Wait()
		store.refuse(errDown)
		if err := other.Put(t.Context(), "a", "put"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		answers(t, f, "a", "a#1") // nobody could tell
		store.refuse(nil)
		time.Sleep(time.Minute)
		answers(t, f, "a", "put")
		if tier := tierOf(t, f, "b", "b#1"); tier != metrics.TierBackend {
			t.Errorf("b was found in the tier %v", tier)
		}
		if n := f.Metrics().Snapshot().Removals(metrics.TierLocal, metrics.RemovalInvalidated, metrics.ReadUnknown); n != 2 {
			t.Errorf("%d removals, want 2", n)
		}
	})
}

// What was read before a change does not enter the memory after it was told.
func TestLocalTierAndAChangeDuringARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &telling{Store: membackend.New()}
		f, other := told(t, &s, store)
		answers(t, other, "a", "a#1")
		store.after = func(op string) error {
			if op == "get" {
				store.after = nil
				if err := other.Put(t.Context(), "a", "put"); err != nil {
					t.Error(err)
				}
				synctest.Wait()
			}
			return nil
		}
		answers(t, f, "a", "a#1") // it was read before
		answers(t, f, "a", "put")
	})
}

// Nor what was stored before it.
func TestLocalTierAndAChangeDuringAStore(t *testing.T) {
	for name, store := range map[string]func(ctx context.Context, f *cachier.Func[string, string]) error{
		"Put": func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Put(ctx, "a", "mine") },
		"Call": func(ctx context.Context, f *cachier.Func[string, string]) error {
			_, err := f.Call(ctx, "a")
			return err
		},
	} {
		bubble(t, name, func(t *testing.T) {
			var s source
			back := &telling{Store: membackend.New()}
			f, other := told(t, &s, back)
			back.after = func(op string) error {
				if op == "set" {
					back.after = nil
					if err := other.Put(t.Context(), "a", "theirs"); err != nil {
						t.Error(err)
					}
					synctest.Wait()
				}
				return nil
			}
			if err := store(t.Context(), f); err != nil {
				t.Error(err)
			}
			answers(t, f, "a", "theirs")
		})
	}
}

// The same on files, which two stores share as two processes do.
func TestLocalTierOverFiles(t *testing.T) {
	dir := t.TempDir()
	var s source
	var p [2]*cachier.Func[string, string]
	for i := range p {
		store, err := filebackend.New(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		p[i] = newFunc(t, s.get, cachier.WithBackend(store), cachier.WithLocal(100, time.Hour))
	}
	eventually(t, "a value stays in memory", func() bool {
		answers(t, p[0], "a", "a#1")
		return tierOf(t, p[0], "a", "a#1") == metrics.TierLocal
	})
	if err := p[1].Put(t.Context(), "a", "put"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a change is told", func() bool {
		v, err := p[0].Call(t.Context(), "a")
		return v == "put" && err == nil
	})
}

// eventually fails the test unless something comes true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}
