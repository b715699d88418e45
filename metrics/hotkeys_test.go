package metrics_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

func TestHotKeysAgainstExactCounts(t *testing.T) {
	const k, calls = 32, 200_000
	r := newRecorder("f", metrics.RecorderOptions{RevealKeys: true})
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.2, 1, 1_000_000)
	exact := map[string]uint64{}
	for range calls {
		key := zipf.Uint64()
		name := "key " + string(rune('a'+key%26)) + "/" + string(rune(0x4e00+key/26))
		exact[name]++
		hash := (key + 1) * 0x9e3779b97f4a7c15
		if rng.IntN(2) == 0 {
			r.Record(metrics.Call{Outcome: metrics.Miss, KeyHash: hash, Key: name})
		} else {
			r.SampleHit(metrics.HitSample{Weight: 1, KeyHash: hash, Key: func() string { return name }})
		}
	}
	hot := r.HotKeys()
	if len(hot) != k {
		t.Fatalf("%d hot keys, want %d", len(hot), k)
	}
	found := map[string]bool{}
	for i, h := range hot {
		found[h.Key] = true
		if n := exact[h.Key]; h.Count < n || h.Count-h.Error > n {
			t.Errorf("%s: %d, at most %d too high, but exactly %d", h.Key, h.Count, h.Error, n)
		}
		if i > 0 && h.Count > hot[i-1].Count {
			t.Error("not the hottest first")
		}
		if len(h.Hash) != 8 {
			t.Errorf("hash %q", h.Hash)
		}
	}
	for key, n := range exact {
		if n > calls/k && !found[key] {
			t.Errorf("%s has %d of %d calls and isn't among the hot keys", key, n, calls)
		}
	}
}

func TestHotKeysAreRedacted(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	r.Record(metrics.Call{Outcome: metrics.Miss, KeyHash: 0xdeadbeef_01234567, Key: "secret"})
	r.SampleHit(metrics.HitSample{Weight: 64, KeyHash: 0xdeadbeef_01234567, Key: func() string {
		t.Error("asked for a key that isn't shown")
		return "secret"
	}})
	hot := r.HotKeys()
	if len(hot) != 1 || hot[0] != (metrics.HotKey{Hash: "deadbeef", Count: 65}) {
		t.Errorf("%+v", hot)
	}
}

func TestHotKeysCanBeFewOrNone(t *testing.T) {
	none := newRecorder("f", metrics.RecorderOptions{HotKeys: -1})
	two := newRecorder("f", metrics.RecorderOptions{HotKeys: 2})
	var wg sync.WaitGroup
	for hash := range uint64(8) {
		wg.Go(func() {
			for range 1000 {
				none.Record(metrics.Call{KeyHash: hash})
				two.Record(metrics.Call{KeyHash: hash})
			}
		})
	}
	wg.Wait()
	if none.HotKeys() != nil {
		t.Error("hot keys were switched off")
	}
	hot := two.HotKeys()
	if len(hot) != 2 || hot[0].Count+hot[1].Count != 7000 { // all weight is somewhere; hash 0 is no key
		t.Errorf("%+v", hot)
	}
}
