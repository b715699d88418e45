package cachier_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// removed is how many removals were counted for a reason, read or not.
func removed(s metrics.Snapshot, why metrics.Removal) (n uint64) {
	for _, read := range []metrics.Read{metrics.ReadUnknown, metrics.ReadYes, metrics.ReadNo} {
		n += s.Removals(metrics.TierLocal, why, read)
	}
	return n
}

// Everything that comes in goes out again or is still there, whatever else
// happens at the same time. No key is computed twice, so that the test knows how
// many came in; Clear, which keeps what is being computed from being stored, has
// its turn between rounds.
func TestRemovalsAreConserved(t *testing.T) {
	const goroutines, rounds, each = 8, 10, 500
	f := newFunc(t, func(_ context.Context, key int) (int, error) {
		if key%5 == 4 {
			return 0, errDown
		}
		return key, nil
	}, cachier.WithMaxEntries(500), cachier.WithTTL(time.Millisecond))
	ctx := t.Context()
	for round := range rounds {
		var group sync.WaitGroup
		for g := range goroutines {
			random := rand.New(rand.NewPCG(uint64(g), uint64(round)))
			group.Go(func() {
				for i := range each {
					key := (round*each+i)*goroutines + g
					_, _ = f.Call(ctx, key) // every fifth fails
					var err error
					switch n := random.Uint32N(1000); {
					case n < 300: // often there still, sometimes evicted by the others
						err = f.Delete(ctx, key-int(n%4)*goroutines)
					case n < 302:
						_, err = f.Cleanup(ctx)
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if round%2 == 1 {
			continue
		}
		if err := f.Clear(ctx); err != nil {
			t.Error(err)
		}
	}
	s := f.Metrics().Snapshot()
	var out uint64
	for _, why := range []metrics.Removal{metrics.RemovalCapacity, metrics.RemovalInvalidated, metrics.RemovalCleared, metrics.RemovalExpired} {
		n := removed(s, why)
		t.Logf("%v: %d", why, n)
		if n == 0 {
			t.Errorf("nothing was removed as %v: the test tests less than it should", why)
		}
		out += n
	}
	g := s.Gauges()
	if in, left := uint64(goroutines*rounds*each*4/5), uint64(g.Tiers[metrics.TierLocal].Entries); out+left != in {
		t.Errorf("%d came in, %d went out and %d are left", in, out, left)
	}
}

// kept is what the model of TestReasonsAndRemovals knows of an entry.
type kept struct {
	created time.Time
	read    bool
}

// One goroutine, in fake time, knows of each call why it was a miss and of each
// entry why it went, and how old it was.
func TestReasonsAndRemovals(t *testing.T) {
	const ttl, window, keys, steps = time.Second, 500 * time.Millisecond, 200, 20_000
	bubble(t, "model", func(t *testing.T) {
		down := false
		f := newFunc(t, func(_ context.Context, key int) (int, error) {
			if down {
				return 0, errDown
			}
			return key, nil
		}, cachier.WithTTL(ttl), cachier.WithStaleIfError(window), cachier.WithMaxEntries(keys), cachier.WithSampling(1),
			cachier.WithEntrySizeLimit(1000), cachier.WithSizer(func(key, _ int) int64 { return int64(10 * key) }))
		model := map[int]*kept{}
		want := map[any]uint64{}
		var hitAge, goneAge time.Duration
		random := rand.New(rand.NewPCG(11, 7))
		ctx := t.Context()
		stored := func(key int) { // or refused: too large
			old := model[key]
			switch {
			case 10*key > 1000 && old != nil:
				t.Fatal("the model has what must not be stored")
			case 10*key > 1000:
				want[metrics.RejectSizeLimit]++
			default:
				model[key] = &kept{time.Now(), old != nil && old.read}
			}
		}
		for range steps {
			time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
			key := random.IntN(keys)
			e := model[key]
			switch n := random.IntN(1000); {
			case n < 30:
				if err := f.Delete(ctx, key); err != nil {
					t.Fatal(err)
				}
				if e != nil {
					want[metrics.RemovalInvalidated]++
					delete(model, key)
				}
			case n < 60:
				if err := f.Put(ctx, key, key); err != nil {
					t.Fatal(err)
				}
				stored(key)
			case n < 61:
				if err := f.Clear(ctx); err != nil {
					t.Fatal(err)
				}
				want[metrics.RemovalCleared] += uint64(len(model))
				clear(model)
			case n < 64:
				if _, err := f.Cleanup(ctx); err != nil {
					t.Fatal(err)
				}
				for key, e := range model {
					if age := time.Since(e.created); age > ttl+window {
						delete(model, key)
						want[[2]any{metrics.RemovalExpired, e.read}]++
						goneAge += age
					}
				}
			default:
				down = n > 950
				_, err := f.Call(ctx, key)
				age := time.Duration(0)
				if e != nil {
					age = time.Since(e.created)
				}
				switch {
				case e != nil && age <= ttl:
					want[metrics.Hit]++
					e.read = true
					hitAge += age
				case down && e != nil && age <= ttl+window:
					want[metrics.Stale]++
					e.read = true
					hitAge += age
				case e != nil:
					want[metrics.ReasonExpired]++
				default:
					want[metrics.ReasonAbsent]++
				}
				switch fresh := e != nil && age <= ttl; {
				case fresh:
				case !down:
					stored(key)
				case (err == nil) != (e != nil && age <= ttl+window):
					t.Fatalf("a call that failed gave %v", err)
				}
			}
		}
		s := f.Metrics().Snapshot()
		equal := func(what any, got, want uint64) {
			t.Helper()
			if got != want || want == 0 {
				t.Errorf("%v: counted %d, but there were %d", what, got, want)
			}
		}
		equal("hits", s.Requests(metrics.Hit), want[metrics.Hit])
		equal("stale", s.RequestsReason(metrics.Stale, metrics.ReasonError), want[metrics.Stale])
		equal("absent", s.Misses(metrics.ReasonAbsent), want[metrics.ReasonAbsent])
		equal("expired", s.Misses(metrics.ReasonExpired), want[metrics.ReasonExpired])
		equal("invalidated", removed(s, metrics.RemovalInvalidated), want[metrics.RemovalInvalidated])
		equal("cleared", removed(s, metrics.RemovalCleared), want[metrics.RemovalCleared])
		read, unread := want[[2]any{metrics.RemovalExpired, true}], want[[2]any{metrics.RemovalExpired, false}]
		equal("expired, read", s.Removals(metrics.TierLocal, metrics.RemovalExpired, metrics.ReadYes), read)
		equal("expired, never read", s.Removals(metrics.TierLocal, metrics.RemovalExpired, metrics.ReadNo), unread)
		equal("too large", s.Rejections(metrics.RejectSizeLimit), want[metrics.RejectSizeLimit])
		equal("entries", uint64(s.Gauges().Tiers[metrics.TierLocal].Entries), uint64(len(model)))
		equal("ages at hits, ms", uint64(s.EntryAge(metrics.AgeAtHit).Sum().Milliseconds()), uint64(hitAge.Milliseconds()))
		equal("ages at removals, ms", uint64(s.EntryAge(metrics.AgeAtRemoval).Sum().Milliseconds()), uint64(goneAge.Milliseconds()))
	})
}
