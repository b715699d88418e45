package cachier_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// setDefaults sets defaults for the length of a test.
func setDefaults(t *testing.T, opts ...cachier.Option) {
	t.Helper()
	if err := cachier.SetDefaults(opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cachier.SetDefaults(); err != nil {
			t.Error(err)
		}
	})
}

func TestSetDefaults(t *testing.T) {
	bubble(t, "until its own options say otherwise", func(t *testing.T) {
		var s, own source
		setDefaults(t, cachier.WithTTL(time.Minute))
		f, g := newFunc(t, s.get), newFunc(t, own.get, cachier.WithTTL(time.Hour))
		answers(t, f, "a", "a#1")
		answers(t, g, "a", "a#1")
		time.Sleep(2 * time.Minute)
		answers(t, f, "a", "a#2")
		answers(t, g, "a", "a#1")
	})
	bubble(t, "for those made before, until they are called", func(t *testing.T) {
		var s, called source
		f, g := newFunc(t, s.get), newFunc(t, called.get)
		answers(t, g, "a", "a#1")
		setDefaults(t, cachier.WithTTL(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		answers(t, f, "a", "a#2")
		answers(t, g, "a", "a#1")
	})
	bubble(t, "each replaces the one before", func(t *testing.T) {
		var s source
		setDefaults(t, cachier.WithTTL(time.Minute))
		setDefaults(t, nil, cachier.WithMaxEntries(5))
		f := newFunc(t, s.get)
		answers(t, f, "a", "a#1")
		time.Sleep(time.Hour)
		answers(t, f, "a", "a#1")
		if n := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal].EntriesLimit; n != 5 {
			t.Errorf("the bound is %d", n)
		}
	})
}

func TestSetDefaultsRefuses(t *testing.T) {
	setDefaults(t, cachier.WithMaxEntries(5))
	complains(t, cachier.SetDefaults(cachier.WithTTL(-1)), "cachier: SetDefaults: WithTTL: -1ns")
	complains(t, cachier.SetDefaults(cachier.WithKey(func(int) string { return "" })), "cachier: SetDefaults: WithKey fits one type only")
	var s source
	f := newFunc(t, s.get)
	answers(t, f, "a", "a#1")
	if n := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal].EntriesLimit; n != 5 {
		t.Errorf("a refused call changed the defaults: the bound is %d", n)
	}
}

// A default that makes no sense for a Func doesn't concern it.
func TestDefaultsYield(t *testing.T) {
	store := membackend.New()
	for name, c := range map[string]struct{ defaults, own []cachier.Option }{
		"windows without a TTL": {[]cachier.Option{
			cachier.WithStaleWhileRevalidate(1), cachier.WithStaleIfError(1), cachier.WithRefreshAhead(1), cachier.WithTTLJitter(.5),
		}, nil},
		"a window longer than the TTL": {[]cachier.Option{cachier.WithRefreshAhead(time.Hour)}, []cachier.Option{cachier.WithTTL(time.Minute)}},
		"another bound":                {[]cachier.Option{cachier.WithMaxEntries(5)}, []cachier.Option{cachier.WithMaxWeight(1 << 20)}},
		"the other bound":              {[]cachier.Option{cachier.WithMaxWeight(1)}, []cachier.Option{cachier.WithMaxEntries(5)}},
		"a bound of memory":            {[]cachier.Option{cachier.WithMaxWeight(1)}, []cachier.Option{cachier.WithBackend(store)}},
		"of a backend, in memory":      {[]cachier.Option{cachier.WithStrict(), cachier.WithCodec(cachier.Gob), cachier.WithLocal(1, 1)}, nil},
		"nil, of what is never nil":    {[]cachier.Option{cachier.WithoutNil()}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var s source
			before := newFunc(t, s.get, c.own...)
			setDefaults(t, c.defaults...)
			for _, f := range []*cachier.Func[string, string]{before, newFunc(t, s.get, append(c.own, cachier.WithNamespace("after"))...)} {
				v, err := f.Call(t.Context(), "a")
				again, err2 := f.Call(t.Context(), "a")
				if v == "" || v != again || err != nil || err2 != nil {
					t.Errorf("%q, %v; then %q, %v", v, err, again, err2)
				}
			}
		})
	}
}

// Metrics are settled by New, whatever the defaults are at the first call.
func TestDefaultsOfMetrics(t *testing.T) {
	var s source
	counted := newFunc(t, s.get)
	setDefaults(t, cachier.WithoutMetrics())
	uncounted := newFunc(t, s.get)
	setDefaults(t)
	for _, f := range []*cachier.Func[string, string]{counted, uncounted} {
		for range 10 {
			if _, err := f.Call(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		}
	}
	if n := counted.Metrics().Snapshot().Requests(metrics.Hit); n != 9 {
		t.Errorf("%d hits were counted, want 9", n)
	}
	if uncounted.Metrics() != nil {
		t.Error("it was made without metrics")
	}
}

func TestDefaultBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		setDefaults(t, cachier.WithBackend(membackend.New()))
		value := func(v int) *cachier.Func[int, int] {
			return newFunc(t, func(context.Context, int) (int, error) { return v, nil })
		}
		answers(t, value(1), 1, 1)
		answers(t, value(2), 1, 1) // from the same store
	})
}
