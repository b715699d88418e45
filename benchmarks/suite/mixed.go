package suite

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
)

// mixing are the set-ups that a skewed load is run through: those with a bound and a policy.
var mixing = []string{
	peer.Cachier, peer.CachierOff, peer.OtterOn, peer.OtterOff, peer.RistrettoOff, peer.Theine, peer.GolangLRU,
	peer.Sturdyc, peer.TTLCache, peer.GCache,
}

// runMixed measures a skewed load over ten times as many keys as the capacity, where hits, misses and evictions come
// as they do in service. Set-ups without a loader look up and, where they find nothing, set.
func runMixed(o Options, t Task, emit func(Sample)) error {
	rng := generator(o, t)
	keys := load.Strings(10 * o.Capacity)
	streams := make([][]string, workers)
	for w := range streams {
		streams[w] = load.Stream(o.Seed+uint64(t.Process*workers+w), keys, 4*streamLength)
	}
	for round := range o.rounds(t.Process) {
		for position, at := range rng.Perm(len(mixing)) {
			m, err := openMixed(mixing[at], o.Capacity, streams)
			if err != nil {
				return err
			}
			for range 8 * o.Capacity / burst {
				m.do(0, burst)
			}
			m.cache.Settle()
			runtime.GC()
			for _, g := range rng.Perm(workers) {
				m.calls.Store(0)
				m.computed.Store(0)
				found := measure(m.do, g+1, o.SampleTime)
				found.share = 1 - float64(m.computed.Load())/float64(m.calls.Load())
				emitSpeed(emit, Sample{
					Round: round, Position: position, Case: "string, skewed", Subject: mixing[at],
				}, g+1, found)
			}
			m.cache.Close()
		}
	}
	return nil
}

// mixedLoad is a cache with streams of keys that go through it.
type mixedLoad struct {
	cache   peer.Cache[string, uint64]
	streams [][]string
	next    [workers]struct {
		at int
		_  [56]byte // a cache line each
	}
	calls, computed atomic.Int64
}

func openMixed(name string, capacity int, streams [][]string) (*mixedLoad, error) {
	m := &mixedLoad{streams: streams}
	c, err := peer.Open(name, peer.Config[string, uint64]{
		Capacity: capacity, TTL: ttl,
		Load: func(context.Context, string) (uint64, error) {
			m.computed.Add(1)
			return 1, nil
		},
	})
	m.cache = c
	return m, err
}

func (m *mixedLoad) do(w, n int) int {
	ctx := context.Background()
	at := m.next[w].at
	if at+n > len(m.streams[w]) {
		at = 0
	}
	m.next[w].at = at + n
	m.calls.Add(int64(n))
	keys := m.streams[w][at : at+n]
	if l, ok := m.cache.(peer.Loader[string, uint64]); ok {
		for _, k := range keys {
			_, _ = l.Load(ctx, k)
		}
		return n
	}
	for _, k := range keys {
		if _, ok := m.cache.Get(k); !ok {
			m.computed.Add(1)
			m.cache.Set(k, 1)
		}
	}
	return n
}
