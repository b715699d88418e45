package cachier_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

type compound struct {
	Name string
	ID   int64
}

// A hit in memory allocates nothing, whatever is measured of it, also with a
// maximum age.
func TestHitsAllocateNothing(t *testing.T) {
	if raceDetector {
		return // it allocates, and the test is run once more without it
	}
	ttl := cachier.WithTTL(time.Hour)
	for name, opts := range map[string][]cachier.Option{
		"automatic sampling":   {ttl},
		"every hit is sampled": {ttl, cachier.WithSampling(1)},
		"none is":              {ttl, cachier.WithSampling(0)},
		"without metrics":      {ttl, cachier.WithoutMetrics()},
		"without a TTL":        {},
		"with neither":         {cachier.WithoutMetrics()},
		"exact clock":          {ttl, cachier.WithExactClock()},
		"refreshed ahead":      {ttl, cachier.WithRefreshAhead(time.Minute)},
		"TTL jitter":           {ttl, cachier.WithTTLJitter(.1)},
		"stale windows":        {ttl, cachier.WithStaleWhileRevalidate(time.Hour), cachier.WithStaleIfError(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			allocates(t, "key of 16 bytes", "key of its own", opts)
			allocates(t, 1, 1<<30, opts)
			allocates(t, compound{"ann", 1}, compound{"bob", 2}, opts)
			allocates(t, [4]uint16{1}, [4]uint16{2}, opts)
		})
	}
}

func allocates[K any](t *testing.T, a, b K, opts []cachier.Option) {
	t.Helper()
	f := newFunc(t, func(context.Context, K) (*int, error) { return new(int), nil }, opts...)
	ctx := context.Background()
	n := testing.AllocsPerRun(1000, func() {
		_, _ = f.Call(ctx, a)
		_, _ = f.Call(ctx, b)
	})
	within := testing.AllocsPerRun(1000, func() {
		_, _ = f.Call(ctx, a, cachier.MaxAge(time.Minute))
		_, _ = f.Call(ctx, b, cachier.MaxAge(time.Minute))
	})
	if n != 0 || within != 0 {
		t.Errorf("two hits on a %T allocate %v times, with MaxAge %v times", a, n, within)
	}
	if s := f.Metrics().Snapshot(); f.Metrics() != nil && s.Requests(metrics.Hit) != 4*1001-2 {
		t.Errorf("%q", exact(s))
	}
}

// Hits with a maximum age are counted like all others, on the fast path: they
// add nothing but themselves, and are timed as all others are.
func TestMaxAgeHits(t *testing.T) {
	f := newFunc(t, func(_ context.Context, key int) (string, error) { return strconv.Itoa(key), nil }, cachier.WithTTL(time.Hour))
	for range 100 {
		for key := range 10 {
			answers(t, f, key, strconv.Itoa(key), cachier.MaxAge(time.Minute))
		}
	}
	counts(t, f, 1000, `
		requests miss absent 10
		requests hit 990
		tier_lookups local not_found 10
		tier_lookups local ok 990
		compute miss ok 10`)
	if n := f.Metrics().Snapshot().Latency(metrics.Hit).Count(); n == 0 || n > 990 {
		t.Errorf("%d of 990 hits are in their latencies", n)
	}
}

// Peek is no access: it doesn't keep an entry from being evicted.
func TestPeekDoesNotMark(t *testing.T) {
	fill := func(f *cachier.Func[int, int], from, n int) {
		for key := range n {
			answers(t, f, from+key, from+key)
		}
	}
	for name, c := range map[string]struct {
		look func(f *cachier.Func[int, int]) bool
		kept bool
	}{
		"Peek": {func(f *cachier.Func[int, int]) bool { _, ok, _ := f.Peek(t.Context(), 0); return ok }, false},
		"Call": {func(f *cachier.Func[int, int]) bool { _, err := f.Call(t.Context(), 0); return err == nil }, true},
		"Call with Info": {func(f *cachier.Func[int, int]) bool {
			_, err := f.Call(t.Context(), 0, cachier.Info(new(cachier.CallInfo)))
			return err == nil
		}, true},
	} {
		f := newFunc(t, func(_ context.Context, key int) (int, error) { return key, nil }, cachier.WithMaxEntries(10))
		fill(f, 0, 10)
		for range 3 {
			if !c.look(f) {
				t.Errorf("%s found nothing", name)
			}
		}
		fill(f, 100, 10) // as many as fit
		if _, kept, _ := f.Peek(t.Context(), 0); kept != c.kept {
			t.Errorf("after %s, the entry was kept: %v", name, kept)
		}
	}
}
