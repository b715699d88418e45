package suite

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
)

// missing are the set-ups whose misses are compared: those that compute a value themselves, once for all who wait.
var missing = []string{peer.Cachier, peer.CachierOff, peer.OtterOn, peer.OtterOff, peer.Sturdyc}

// computed is the cheapest function there is, so that what is measured is the cache's share of a miss.
func computed[K comparable](context.Context, K) (uint64, error) { return 1, nil }

// loading opens a set-up that computes values itself.
func loading[K comparable](name string, capacity int) (peer.Cache[K, uint64], peer.Loader[K, uint64], error) {
	c, err := peer.Open(name, peer.Config[K, uint64]{Capacity: capacity, TTL: ttl, Load: computed[K]})
	if err != nil {
		return nil, nil, err
	}
	l, ok := c.(peer.Loader[K, uint64])
	if !ok {
		return nil, nil, fmt.Errorf("suite: %s has no loader", name)
	}
	return c, l, nil
}

// runMisses measures calls of keys that were never seen, on a full cache: each computes, inserts and evicts.
func runMisses(o Options, t Task, emit func(Sample)) error {
	rng := generator(o, t)
	// More keys than a sample can use, so that none comes twice before it is evicted.
	fresh := load.Strings(20 * o.Capacity)
	for round := range o.rounds(t.Process) {
		for position, at := range rng.Perm(len(missing)) {
			c, l, err := loading[string](missing[at], o.Capacity)
			if err != nil {
				return err
			}
			do := loads(l, fresh)
			do(0, 2*o.Capacity)
			c.Settle()
			runtime.GC()
			sample := Sample{Round: round, Position: position, Case: "string, all misses", Subject: missing[at]}
			emitSpeed(emit, sample, 1, measure(do, 1, o.SampleTime))
			sample.Goroutines, sample.Unit, sample.Value = 1, "allocs/op", allocations(do)
			emit(sample)
			c.Close()
		}
	}
	return nil
}

// loads returns operations that load one key after the other, shared by all workers.
func loads[K comparable](l peer.Loader[K, uint64], keys []K) operations {
	var next atomic.Int64
	ctx := context.Background()
	return func(_, n int) (succeeded int) {
		at := int(next.Add(int64(n))) - n
		for i := range n {
			if _, err := l.Load(ctx, keys[(at+i)%len(keys)]); err == nil {
				succeeded++
			}
		}
		return succeeded
	}
}
