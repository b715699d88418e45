package cachier_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/keyform"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// sized is a store whose counting can be watched.
type sized struct {
	*membackend.Store
	sizes atomic.Int32
	takes time.Duration
	fails error
}

func (s *sized) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	s.sizes.Add(1)
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return backend.Usage{}, ctx.Err()
	}
	if s.fails != nil {
		return backend.Usage{}, s.fails
	}
	return s.Store.Size(ctx, prefix)
}

// onBackend returns what a Func's metrics say of its backend. Reading them may
// begin a count, which is then waited for.
func onBackend(f *cachier.Func[string, string]) metrics.TierGauges {
	g := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierBackend]
	synctest.Wait()
	return g
}

// has fails the test unless the metrics say that so many entries were counted so
// long ago.
func has(t *testing.T, f *cachier.Func[string, string], entries int64, age time.Duration) {
	t.Helper()
	if g := onBackend(f); g.Entries != entries || g.SizeAge != age || entries >= 0 && (!g.Shared || g.Size < 0) {
		t.Errorf("%+v; want %d entries, counted %v ago", g, entries, age)
	}
}

const unknown = metrics.Unknown

func TestSizesOfABackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &sized{Store: membackend.New()}
		p := processes(t, 2, &s, store)
		answers(t, p[0], "a", "a#1")
		answers(t, p[0], "b", "b#1")
		answers(t, p[1], "b", "b#1")
		has(t, p[0], -1, unknown) // nobody had asked yet
		has(t, p[0], 2, 0)
		time.Sleep(10 * time.Second)
		has(t, p[1], -1, unknown)
		has(t, p[1], 2, 10*time.Second) // as the other one has counted
		answers(t, p[0], "c", "c#1")
		time.Sleep(time.Minute)
		has(t, p[1], 2, 70*time.Second)
		has(t, p[1], 3, 0)
		if n := store.sizes.Load(); n != 2 {
			t.Errorf("counted %d times, want twice", n)
		}
		for series := range p[1].Metrics().Snapshot().Series() {
			if series.Metric.Name == "cachier_size_bytes" && series.Value != 9 {
				t.Errorf("%v bytes, want those of a#1, b#1, c#1", series.Value)
			}
		}
	})
}

// However many processes are asked however often, one counts, once in a while.
func TestSizesAreCountedByOne(t *testing.T) {
	for name, c := range map[string]struct {
		store *sized
		most  int32 // counts in an hour
	}{
		"quickly": {&sized{takes: time.Millisecond}, 60},
		"slowly":  {&sized{takes: 9 * time.Second}, 4}, // for one percent of the time
	} {
		bubble(t, name, func(t *testing.T) {
			var s source
			c.store.Store = membackend.New()
			p := processes(t, 10, &s, c.store)
			for _, f := range p {
				answers(t, f, "a", "a#1")
			}
			for range 4 * 60 {
				for _, f := range p {
					f.Metrics().Snapshot()
				}
				time.Sleep(15 * time.Second)
			}
			if n := c.store.sizes.Load(); n > c.most || n < c.most/2 {
				t.Errorf("counted %d times in an hour, want %d", n, c.most)
			}
			for _, f := range p {
				if g := onBackend(f); g.Entries != 1 {
					t.Errorf("%+v", g)
				}
			}
		})
	}
}

// The record of a count is no entry, and no Clear removes it.
func TestSizesAreKeptApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &sized{Store: membackend.New()}
		p := processes(t, 2, &s, store)
		answers(t, p[0], "a", "a#1")
		answers(t, p[1], "a", "a#1")
		onBackend(p[0])
		if err := p[0].Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		key, e := stored(t, store)
		if _, ok := keyform.Parse(key); ok || !keyform.IsSizeKey(key) || strings.HasPrefix(key, keyform.Root) {
			t.Errorf("the key %s is one of an entry", key)
		}
		if string(e.Value) != `{"entries":1,"bytes":3}` {
			t.Errorf("the record is %s", e.Value)
		}
		for range 2 {
			onBackend(p[1])
		}
		has(t, p[1], 1, 0)
		if n := store.sizes.Load(); n != 1 {
			t.Errorf("counted %d times", n)
		}
	})
}

// A record that can't be read is replaced.
func TestSizesInAnotherForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := membackend.New()
		p := processes(t, 2, &s, store)
		onBackend(first(t, p[0]))
		var key string
		for info := range store.List(t.Context(), "") {
			if keyform.IsSizeKey(info.Key) {
				key = info.Key
			}
		}
		e, err := store.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		e.Value = []byte("?")
		if err := store.Set(t.Context(), key, e); err != nil {
			t.Fatal(err)
		}
		onBackend(first(t, p[1]))
		has(t, p[1], 1, 0)
	})
}

// first calls a Func for the first time.
func first(t *testing.T, f *cachier.Func[string, string]) *cachier.Func[string, string] {
	t.Helper()
	answers(t, f, "a", "a#1")
	return f
}

func TestSizesWhereCountingFails(t *testing.T) {
	bubble(t, "the store fails", func(t *testing.T) {
		var s source
		store := &sized{Store: membackend.New(), fails: errDown}
		f := first(t, processes(t, 1, &s, store)[0])
		for range 10 {
			onBackend(f)
		}
		if n := store.sizes.Load(); n != 1 {
			t.Errorf("asked %d times at once", n)
		}
		has(t, f, -1, unknown)
		store.fails = nil
		time.Sleep(2 * time.Minute)
		onBackend(f)
		has(t, f, 1, 0)
	})
	bubble(t, "the process that counts dies", func(t *testing.T) {
		var s source
		store := &sized{Store: membackend.New()}
		f := processes(t, 1, &s, store)[0]
		answers(t, f, "a", "a#1")
		key, _ := stored(t, store)
		parts, _ := keyform.Parse(key)
		if _, err := store.Lock(t.Context(), keyform.SizeKey(parts.Namespace.Text, parts.Name.Text), time.Minute); err != nil {
			t.Fatal(err)
		}
		onBackend(f)
		has(t, f, -1, unknown)
		time.Sleep(time.Minute)
		onBackend(f)
		has(t, f, 1, 0)
	})
	bubble(t, "it hangs, and is closed", func(t *testing.T) {
		var s source
		store := &sized{Store: membackend.New(), takes: time.Hour}
		f := first(t, processes(t, 1, &s, store)[0])
		onBackend(f)
		start := time.Now()
		if err := f.Close(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// costly is a store that counts for money.
type costly struct{ *membackend.Store }

func (costly) SizeCosts() {}

// Who must list to count does only where asked to; others don't where told not to.
func TestWithSizeInterval(t *testing.T) {
	unsized := func() backend.Backend { return &hooked{Store: membackend.New()} } // no leases either
	for i, c := range []struct {
		store backend.Backend
		opts  []cachier.Option
		known bool
	}{
		{membackend.New(), nil, true},
		{membackend.New(), []cachier.Option{cachier.WithSizeInterval(-1)}, false},
		{unsized(), nil, false},
		{unsized(), []cachier.Option{cachier.WithSizeInterval(time.Hour)}, true},
		{costly{membackend.New()}, nil, false},
		{costly{membackend.New()}, []cachier.Option{cachier.WithSizeInterval(time.Hour)}, true},
	} {
		bubble(t, fmt.Sprint(i), func(t *testing.T) {
			var s source
			p := processes(t, 2, &s, c.store, c.opts...)
			for _, f := range p {
				answers(t, f, "a", "a#1")
				onBackend(f)
				if g := onBackend(f); (g.Entries == 1) != c.known || !c.known && g.Entries != -1 {
					t.Errorf("%+v", g)
				}
			}
		})
	}
}
