package cachier_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

func TestWithCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Minute), cachier.WithSampling(1),
			cachier.WithCost(func(key, v string) float64 {
				if v == "" {
					t.Error("asked for the price of a failure")
				}
				return map[string]float64{"a": 1, "b": 10}[key]
			}))
		answers(t, f, "a", "a#1")
		answers(t, f, "b", "b#1")
		for range 3 {
			answers(t, f, "b", "b#1") // 30 saved
		}
		time.Sleep(90 * time.Second)
		answers(t, f, "a", "a#1") // 1 saved, and 1 spent behind
		synctest.Wait()
		answers(t, f, "b", "b#2", cachier.SkipCache())
		s.set(down)
		if _, err := f.Call(t.Context(), "c"); err != errDown {
			t.Error(err)
		}
		snap := f.Metrics().Snapshot()
		if snap.Cost() != 1+10+1+10 || snap.CostSaved() != 30+1 {
			t.Errorf("cost %v, saved %v", snap.Cost(), snap.CostSaved())
		}
	})
}

func TestTimeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithSampling(1))
		for range 5 {
			answers(t, f, "a", "a#1")
		}
		if saved := float64(f.Metrics().Snapshot().Saved()); math.Abs(saved-40) > .01 {
			t.Errorf("saved %v seconds, want 40", saved)
		}
	})
}

func TestMaxWeight(t *testing.T) {
	t.Run("with a sizer", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithMaxWeight(100), cachier.WithSizer(func(key, _ string) int64 { return int64(len(key)) * 10 }))
		for _, key := range []string{"a", "bb", "cccc", "dd", "eeee", "f"} {
			answers(t, f, key, key+"#1")
		}
		g := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal]
		if g.Size > 100 || g.Size < 50 || g.SizeLimit != 100 || g.EntriesLimit != -1 {
			t.Errorf("%+v", g)
		}
	})
	t.Run("estimated", func(t *testing.T) {
		f := newFunc(t, func(context.Context, int) ([]byte, error) { return make([]byte, 1000), nil }, cachier.WithMaxWeight(100_000))
		for key := range 1000 {
			if _, err := f.Call(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		g := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal]
		if g.Size > 100_000 || g.Entries > 100 || g.Entries < 80 {
			t.Errorf("%+v", g)
		}
	})
}

func TestMaxEntries(t *testing.T) {
	for limit, opts := range map[int64][]cachier.Option{5: {cachier.WithMaxEntries(5)}, cachier.DefaultMaxEntries: nil} {
		f := newFunc(t, func(_ context.Context, key int) (int, error) { return key, nil }, opts...)
		for key := range int(2 * limit) {
			answers(t, f, key, key)
		}
		s := f.Metrics().Snapshot()
		if g := s.Gauges().Tiers[metrics.TierLocal]; g.Entries != limit || g.EntriesLimit != limit {
			t.Errorf("%d of %d entries, want %d", g.Entries, g.EntriesLimit, limit)
		}
		if n := s.Removals(metrics.TierLocal, metrics.RemovalCapacity, metrics.ReadNo); n != uint64(limit) {
			t.Errorf("%d evictions, want %d", n, limit)
		}
	}
}

// Callers write into what they get, and nobody sees it.
func TestWithClone(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		opts = append(opts, cachier.WithClone(func(v []int) []int { return append([]int(nil), v...) }))
		f := newFunc(t, func(context.Context, int) ([]int, error) { return []int{1, 2, 3}, nil }, opts...)
		get := func(what string, call func() ([]int, error)) {
			t.Helper()
			v, err := call()
			if len(v) != 3 || v[0] != 1 || err != nil {
				t.Errorf("%s gave %v, %v", what, v, err)
				return
			}
			v[0] = 100
		}
		plain := func() ([]int, error) { return f.Call(t.Context(), 1) }
		get("the first call", plain)
		get("a hit", plain)
		get("another hit", plain)
		get("MaxAge", func() ([]int, error) { return f.Call(t.Context(), 1, cachier.MaxAge(time.Hour)) })
		get("Info", func() ([]int, error) { return f.Call(t.Context(), 1, cachier.Info(new(cachier.CallInfo))) })
		get("Peek", func() ([]int, error) { v, _, err := f.Peek(t.Context(), 1); return v, err })
		get("Refresh", func() ([]int, error) { return f.Refresh(t.Context(), 1) })
		mine := []int{1, 2, 3}
		if err := f.Put(t.Context(), 1, mine); err != nil {
			t.Error(err)
		}
		mine[0] = 100
		get("Put", plain)
	})
}

func TestComparisons(t *testing.T) {
	// Recomputed four times, to the same value each time but once.
	type plain struct{ A, B int }
	type opaque struct{ _ func() }
	compared(t, []plain{{1, 2}, {1, 2}, {1, 3}, {1, 3}, {1, 3}}, 3, 1, 1)
	compared(t, []opaque{{}, {}, {}}, 0, 0, 3)
	compared(t, []opaque{{}, {}, {}}, 2, 0, 1, cachier.WithEqual(func(a, b opaque) bool { return true }))
	compared(t, []int{1, 1, 9}, 1, 1, 1, cachier.WithEqual(func(a, b int) bool { return a == b }))
}

func compared[V any](t *testing.T, values []V, unchanged, changed, unknown uint64, opts ...cachier.Option) {
	t.Helper()
	for name, tier := range map[string][]cachier.Option{"refresh": nil, "expiry": {cachier.WithTTL(time.Second)}} {
		bubble(t, name, func(t *testing.T) {
			n := 0
			f := newFunc(t, func(context.Context, int) (V, error) { n++; return values[n-1], nil }, append(tier, opts...)...)
			for range values {
				call := f.Refresh
				if tier != nil {
					time.Sleep(2 * time.Second)
					call = func(ctx context.Context, key int) (V, error) { return f.Call(ctx, key) }
				}
				if _, err := call(t.Context(), 1); err != nil {
					t.Error(err)
				}
			}
			s := f.Metrics().Snapshot()
			got := [3]uint64{s.Comparisons(metrics.Unchanged), s.Comparisons(metrics.Changed), s.Comparisons(metrics.ChangeUnknown)}
			if got != [3]uint64{unchanged, changed, unknown} {
				t.Errorf("unchanged, changed, unknown: %v; want %d, %d, %d", got, unchanged, changed, unknown)
			}
		})
	}
}

func TestWithTTLFunc(t *testing.T) {
	everywhere(t, func(t *testing.T, opts []cachier.Option) {
		var s source
		f := newFunc(t, s.get, append(opts, cachier.WithTTL(time.Hour), cachier.WithTTLFunc(func(key, _ string) time.Duration {
			return map[string]time.Duration{"short": time.Minute, "never": -1, "long": 4 * time.Hour}[key]
		}))...)
		age := func(key, want string) {
			t.Helper()
			answers(t, f, key, want)
		}
		for _, key := range []string{"short", "default", "long"} {
			age(key, key+"#1")
		}
		age("never", "never#1")
		age("never", "never#2")
		time.Sleep(2 * time.Minute)
		age("short", "short#2")
		age("default", "default#1")
		time.Sleep(time.Hour)
		age("default", "default#2")
		age("long", "long#1")
		time.Sleep(3 * time.Hour)
		age("long", "long#2")
	})
	bubble(t, "without WithTTL", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTLFunc(func(key, _ string) time.Duration {
			return map[string]time.Duration{"short": time.Minute}[key]
		}))
		answers(t, f, "short", "short#1")
		answers(t, f, "ever", "ever#1")
		time.Sleep(1000 * time.Hour)
		answers(t, f, "short", "short#2")
		answers(t, f, "ever", "ever#1")
	})
}

// TTLs are shortened by up to the fraction, and spread over it.
func TestWithTTLJitter(t *testing.T) {
	for name, c := range map[string]struct {
		opts []cachier.Option
		most time.Duration
	}{
		"in memory by default":    {nil, 0},
		"in memory":               {[]cachier.Option{cachier.WithTTLJitter(.5)}, 50 * time.Second},
		"on a backend by default": {[]cachier.Option{cachier.WithBackend(membackend.New())}, 10 * time.Second},
		"on a backend":            {[]cachier.Option{cachier.WithTTLJitter(0), cachier.WithBackend(membackend.New())}, 0},
	} {
		bubble(t, name, func(t *testing.T) {
			f := newFunc(t, func(context.Context, int) (int, error) { return 1, nil }, append(c.opts, cachier.WithTTL(100*time.Second))...)
			shortest, longest := time.Hour, time.Duration(0)
			for key := range 200 {
				var info cachier.CallInfo
				answers(t, f, key, 1, cachier.Info(&info))
				shortest, longest = min(shortest, info.TTL), max(longest, info.TTL)
			}
			if longest > 100*time.Second || shortest < 100*time.Second-c.most {
				t.Errorf("TTLs of %v to %v", shortest, longest)
			}
			if spread := longest - shortest; spread < c.most*3/4 {
				t.Errorf("TTLs of %v to %v are hardly spread", shortest, longest)
			}
		})
	}
}
