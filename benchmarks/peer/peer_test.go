package peer_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
)

// each runs a test on every set-up with string keys and with int keys.
func each(t *testing.T, c peer.Config[string, int], test func(t *testing.T, name string, c peer.Cache[string, int])) {
	for _, p := range peer.All[string, int]() {
		t.Run(p.Name, func(t *testing.T) {
			cache, err := p.Open(c)
			if err != nil {
				t.Fatal(err)
			}
			defer cache.Close()
			test(t, p.Name, cache)
		})
	}
}

func TestGetAfterSet(t *testing.T) {
	keys := load.Strings(100)
	each(t, peer.Config[string, int]{Capacity: 1000, TTL: time.Hour}, func(t *testing.T, _ string, c peer.Cache[string, int]) {
		if v, ok := c.Get(keys[0]); ok {
			t.Fatalf("an empty cache holds %d", v)
		}
		for i, k := range keys {
			c.Set(k, i)
		}
		c.Settle()
		for i, k := range keys {
			if v, ok := c.Get(k); !ok || v != i {
				t.Fatalf("key %d: got %d, %v", i, v, ok)
			}
		}
		if found, last := c.Hits(append(keys[:10:10], "another")); found != 10 || last != 9 {
			t.Errorf("Hits found %d, the last %d, want 10 and 9", found, last)
		}
		c.Set(keys[0], 1000)
		c.Settle()
		if v, _ := c.Get(keys[0]); v != 1000 {
			t.Errorf("after another Set: %d, want 1000", v)
		}
	})
}

func TestOtherKeys(t *testing.T) {
	refusing := []string{peer.Sturdyc, peer.GoCache}
	testKeys(t, load.Ints(10), refusing)
	testKeys(t, load.Pairs(10), append(refusing, peer.RistrettoOff, peer.RistrettoOn))
}

func testKeys[K comparable](t *testing.T, keys []K, refusing []string) {
	for _, p := range peer.All[K, int]() {
		c, err := p.Open(peer.Config[K, int]{Capacity: 100, TTL: time.Hour})
		if slices.Contains(refusing, p.Name) {
			if !errors.Is(err, peer.ErrKeyKind) {
				t.Errorf("%s with keys %T: error %v, want ErrKeyKind", p.Name, keys[0], err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s with keys %T: %v", p.Name, keys[0], err)
			continue
		}
		for i, k := range keys {
			c.Set(k, i)
		}
		c.Settle()
		if found, last := c.Hits(keys); found != len(keys) || last != len(keys)-1 {
			t.Errorf("%s with keys %T: found %d, last %d", p.Name, keys[0], found, last)
		}
		c.Close()
	}
}

// An entry is gone some time after its TTL. Ristretto counts in whole seconds and theine in ticks of one, so the test
// waits as long as the slowest may take, and not at all for the others.
func TestEntriesExpire(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for real clocks")
	}
	each(t, peer.Config[string, int]{Capacity: 100, TTL: 50 * time.Millisecond}, func(t *testing.T, name string, c peer.Cache[string, int]) {
		if name == peer.XSync || name == peer.CachierNoTTL {
			return // made without a TTL
		}
		t.Parallel()
		c.Set("k", 1)
		c.Settle()
		deadline := time.Now().Add(30 * time.Second)
		for {
			if _, ok := c.Get("k"); !ok {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("the entry is still there 30 s after its TTL of 50 ms")
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

func TestBounded(t *testing.T) {
	keys := load.Strings(5000)
	each(t, peer.Config[string, int]{Capacity: 500, TTL: time.Hour}, func(t *testing.T, name string, c peer.Cache[string, int]) {
		if name == peer.XSync || name == peer.GoCache {
			return // unbounded, as their adapters say
		}
		for i, k := range keys {
			c.Set(k, i)
			if i%64 == 0 {
				c.Settle()
			}
		}
		c.Settle()
		if found, _ := c.Hits(keys); found > 550 || found < 100 {
			t.Errorf("%d entries kept of a capacity of 500", found)
		}
	})
}

func TestLoadersComputeOnce(t *testing.T) {
	for _, name := range []string{peer.Cachier, peer.CachierOff, peer.OtterOn, peer.OtterOff, peer.Sturdyc} {
		var runs atomic.Int64
		c, err := peer.Open(name, peer.Config[string, int]{
			Capacity: 100, TTL: time.Hour,
			Load: func(_ context.Context, k string) (int, error) { runs.Add(1); return len(k), nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if v, err := c.(peer.Loader[string, int]).Load(t.Context(), "four"); v != 4 || err != nil {
				t.Errorf("%s: got %d, %v, want 4", name, v, err)
			}
		}
		if runs.Load() != 1 {
			t.Errorf("%s computed %d times, want once", name, runs.Load())
		}
		c.Close()
	}
}

func TestOpenRefusesUnknownNames(t *testing.T) {
	if _, err := peer.Open("nothing", peer.Config[string, int]{Capacity: 1}); err == nil {
		t.Error("no error for a name that isn't listed")
	}
}
