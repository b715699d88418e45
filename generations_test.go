package cachier_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// tiers are the ways to keep values: what must hold for one must hold for all.
var tiers = map[string]func() []cachier.Option{
	"in memory": func() []cachier.Option { return nil },
	"on a backend": func() []cachier.Option {
		return []cachier.Option{cachier.WithBackend(membackend.New()), cachier.WithTTLJitter(0)}
	},
	"in both": func() []cachier.Option {
		return []cachier.Option{cachier.WithBackend(&hooked{Store: membackend.New()}), cachier.WithTTLJitter(0), cachier.WithLocal(100, time.Hour)}
	},
	"in both, told of changes": func() []cachier.Option {
		return []cachier.Option{cachier.WithBackend(membackend.New()), cachier.WithTTLJitter(0), cachier.WithLocal(100, time.Hour)}
	},
}

// everywhere runs a test in fake time for each way to keep values. Some tiers
// need a TTL for other options to make sense; ttl is it.
func everywhere(t *testing.T, run func(t *testing.T, opts []cachier.Option)) {
	t.Helper()
	for name, opts := range tiers {
		bubble(t, name, func(t *testing.T) { run(t, append(opts(), cachier.WithTTL(24*time.Hour))) })
	}
}

// A computation that began before an invalidation answers those who wait for it
// and stores nothing, and who comes after the invalidation doesn't join it.
func TestInvalidationDuringComputation(t *testing.T) {
	for _, c := range []struct {
		name       string
		invalidate func(ctx context.Context, f *cachier.Func[string, string]) error
		after      string // what is served then
		runs       int
	}{
		{"Put", func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Put(ctx, "a", "put") }, "put", 1},
		{"Delete", func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Delete(ctx, "a") }, "a#2", 2},
		{"Clear", func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Clear(ctx) }, "a#2", 2},
		{"Refresh", func(ctx context.Context, f *cachier.Func[string, string]) error {
			_, err := f.Refresh(ctx, "a")
			return err
		}, "a#2", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, opts []cachier.Option) {
				s := source{then: func(_ context.Context, _ string, run int) (string, error) {
					if run == 1 {
						time.Sleep(time.Minute)
					}
					return "", nil
				}}
				f := newFunc(t, s.get, opts...)
				results := together(t, 4, func(i int) (string, error) {
					if i == 2 {
						if err := c.invalidate(t.Context(), f); err != nil {
							t.Error(err)
						}
						return "invalidated", nil
					}
					return f.Call(t.Context(), "a")
				})
				if want := []string{"a#1", "a#1", "invalidated", c.after}; fmt.Sprint(results) != fmt.Sprint(want) {
					t.Errorf("got %v, want %v", results, want)
				}
				answers(t, f, "a", c.after)
				s.ran(t, "a", c.runs)
			})
		})
	}
}

// An invalidation that comes while a value is being stored waits, and wins.
func TestInvalidationWhileStoring(t *testing.T) {
	for _, c := range []struct {
		name       string
		invalidate func(ctx context.Context, f *cachier.Func[string, string]) error
		after      string
	}{
		{"Put", func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Put(ctx, "a", "put") }, "put"},
		{"Delete", func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Delete(ctx, "a") }, "a#2"},
		{"Clear", func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Clear(ctx) }, "a#2"},
		{"Refresh", func(ctx context.Context, f *cachier.Func[string, string]) error {
			_, err := f.Refresh(ctx, "a")
			return err
		}, "a#2"},
	} {
		for name, local := range map[string][]cachier.Option{"": nil, " in both": {cachier.WithLocal(100, time.Hour)}} {
			bubble(t, c.name+name, func(t *testing.T) {
				var s source
				store := &hooked{Store: membackend.New(), onSet: func(_ context.Context, n int) error {
					if n == 1 {
						time.Sleep(time.Second) // within the time-out of operations
					}
					return nil
				}}
				f := newFunc(t, s.get, append(local, cachier.WithBackend(store))...)
				var group sync.WaitGroup
				group.Go(func() { answers(t, f, "a", "a#1") })
				synctest.Wait()
				start := time.Now()
				if err := c.invalidate(t.Context(), f); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("it took %v, want to wait for what is being stored", took)
				}
				group.Wait()
				answers(t, f, "a", c.after)
			})
		}
		if c.name == "Refresh" {
			continue // that only waits for its own computation
		}
		bubble(t, c.name+", given up", func(t *testing.T) {
			var s source
			store := &hooked{Store: membackend.New(), onSet: func(context.Context, int) error { time.Sleep(time.Second); return nil }}
			f := newFunc(t, s.get, cachier.WithBackend(store))
			var group sync.WaitGroup
			group.Go(func() { answers(t, f, "a", "a#1") })
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if err := c.invalidate(ctx, f); err != context.DeadlineExceeded {
				t.Errorf("got %v: an invalidation that wasn't done must say so", err)
			}
			group.Wait()
			answers(t, f, "a", "a#2") // the next reader has seen to it that it is done
			answers(t, f, "a", "a#2")
		})
	}
}

// Two computations of one key that both store do so one after the other, so
// that the younger wins also where the older one's request is slow. Then an
// invalidation waits for the older one, though it isn't the newest any more.
func TestStoringIsInOrder(t *testing.T) {
	slowFirst := func(_ context.Context, n int) error {
		if n == 1 {
			time.Sleep(time.Second)
		}
		return nil
	}
	bubble(t, "the younger wins", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithBackend(&hooked{Store: membackend.New(), onSet: slowFirst}))
		results := together(t, 2, func(i int) (string, error) {
			return f.Call(t.Context(), "a", cachier.MaxAge(time.Duration(-i)))
		})
		if results[0] != "a#1" || results[1] != "a#2" {
			t.Error(results)
		}
		answers(t, f, "a", "a#2")
	})
	bubble(t, "an invalidation waits for both", func(t *testing.T) {
		s := source{then: func(_ context.Context, _ string, run int) (string, error) {
			if run == 2 {
				time.Sleep(time.Minute)
			}
			return "", nil
		}}
		f := newFunc(t, s.get, cachier.WithBackend(&hooked{Store: membackend.New(), onSet: slowFirst}))
		together(t, 3, func(i int) (string, error) {
			if i == 2 {
				return "", f.Delete(t.Context(), "a")
			}
			return f.Call(t.Context(), "a", cachier.MaxAge(time.Duration(-i)))
		})
		answers(t, f, "a", "a#3")
	})
}

// An invalidation of one key leaves computations of others alone.
func TestInvalidationOfAnotherKey(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		s := source{then: slowly}
		f := newFunc(t, s.get, opts...)
		together(t, 2, func(i int) (string, error) {
			if i == 1 {
				return "", f.Delete(t.Context(), "b")
			}
			return f.Call(t.Context(), "a")
		})
		answers(t, f, "a", "a#1")
		s.ran(t, "a", 1)
	})
}

// What a reader found on the backend before an invalidation doesn't end up in
// the tier in front of it.
func TestInvalidationDuringRead(t *testing.T) {
	for name, invalidate := range map[string]func(ctx context.Context, f *cachier.Func[string, string]) error{
		"Put":    func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Put(ctx, "a", "put") },
		"Delete": func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Delete(ctx, "a") },
		"Clear":  func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Clear(ctx) },
	} {
		bubble(t, name, func(t *testing.T) {
			var s source
			store := &hooked{Store: membackend.New()}
			seed := newFunc(t, s.get, cachier.WithBackend(store))
			answers(t, seed, "a", "a#1")
			f := newFunc(t, s.get, cachier.WithBackend(store), cachier.WithLocal(100, time.Hour))
			store.afterGet = func(n int) {
				if n == 2 {
					if err := invalidate(t.Context(), f); err != nil {
						t.Error(err)
					}
				}
			}
			answers(t, f, "a", "a#1") // it was read before
			store.afterGet = nil
			if v, err := f.Call(t.Context(), "a"); v == "a#1" || err != nil {
				t.Errorf("got %q, %v after %s", v, err, name)
			}
		})
	}
}

// Of two invalidations at the same time nobody knows which one the store saw
// last, so neither's value stays in the tier in front of it.
func TestInvalidationsAtTheSameTime(t *testing.T) {
	for name, second := range map[string]func(ctx context.Context, f *cachier.Func[string, string]) error{
		"Put":    func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Put(ctx, "a", "second") },
		"Delete": func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Delete(ctx, "a") },
		"Clear":  func(ctx context.Context, f *cachier.Func[string, string]) error { return f.Clear(ctx) },
	} {
		bubble(t, name, func(t *testing.T) {
			var s source
			store := &telling{Store: membackend.New()}
			var held atomic.Bool
			store.after = func(op string) error {
				if op == "set" && held.CompareAndSwap(false, true) {
					time.Sleep(time.Minute) // until the other one is through
				}
				return nil
			}
			quiet := struct{ backend.Locker }{store} // tells nobody
			f := newFunc(t, s.get, cachier.WithBackend(quiet), cachier.WithLocal(100, time.Hour), cachier.WithOperationTimeout(time.Hour))
			go func() {
				if err := f.Put(t.Context(), "a", "first"); err != nil {
					t.Error(err)
				}
			}()
			time.Sleep(time.Second)
			if err := second(t.Context(), f); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Hour / 2)
			if v, err := f.Call(t.Context(), "a"); v == "first" || err != nil {
				t.Errorf("got %q, %v", v, err)
			}
		})
	}
}
