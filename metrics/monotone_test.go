package metrics_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// Eight goroutines record while a thousand snapshots are taken, of which none
// may have less of anything than the one before; at the end every count is what
// was recorded. Recorders come and go meanwhile.
func TestNothingEverFalls(t *testing.T) {
	registry := metrics.NewRegistry()
	var hits atomic.Uint64
	r := newRecorder("f", metrics.RecorderOptions{Hits: hits.Load})
	if err := registry.Register(r); err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var calls [8]uint64
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			for calls[i] == 0 || !stop.Load() {
				own := newRecorder("f", metrics.RecorderOptions{})
				if err := registry.Register(own); err != nil {
					t.Error(err)
				}
				for range 50 {
					call := metrics.Call{Outcome: metrics.Outcome(rng.IntN(5)), Duration: logNormal(rng, time.Millisecond), Age: logNormal(rng, time.Second)}
					r.Record(call)
					own.Record(call)
					hits.Add(1)
					calls[i] += 3
				}
				r.Compute(metrics.Computation{Duration: logNormal(rng, time.Millisecond)})
				registry.Retire(own)
			}
		})
	}
	last := map[string]uint64{}
	for range 1000 {
		for s := range registry.Snapshots() {
			counts, _ := flat(s)
			for name, before := range last {
				if counts[name] < before {
					t.Fatalf("%s fell from %d to %d", name, before, counts[name])
				}
			}
			last = counts
		}
	}
	stop.Store(true)
	wg.Wait()
	var want uint64
	for _, n := range calls {
		want += n
	}
	if got := registry.Total().Calls(); got != want {
		t.Errorf("%d calls counted, %d made", got, want)
	}
}
