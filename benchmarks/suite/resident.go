package suite

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
)

// workers is the largest number of goroutines that a comparison uses.
const workers = 2

// streamLength is how many look-ups a worker does before its keys repeat.
const streamLength = 1 << 17

// ttl is the time-to-live of every entry that is measured with one: a run ends long before it.
const ttl = time.Hour

// subject is one set-up on one kind of keys.
type subject struct {
	keys, name string
	open       func(*rand.Rand) (instance, error)
}

// instance is a cache that is open and filled.
type instance struct {
	hits  operations
	close func()
}

// subjects returns every set-up on each of three kinds of keys, as far as it takes them.
func subjects(o Options, process int) []subject {
	seed := o.Seed + uint64(process)<<32
	all := kind(o, "string", load.Strings(o.Resident), seed)
	all = append(all, kind(o, "int", load.Ints(o.Resident), seed)...)
	for _, s := range kind(o, "struct", load.Pairs(o.Resident), seed) {
		switch s.name {
		case peer.Cachier, peer.CachierOff, peer.OtterOn, peer.OtterOff, peer.XSync:
			all = append(all, s)
		}
	}
	return all
}

func kind[K comparable](o Options, keys string, resident []K, seed uint64) []subject {
	streams := make([][]K, workers)
	for w := range streams {
		streams[w] = load.Stream(seed+uint64(w), resident, streamLength)
	}
	var all []subject
	for _, p := range peer.All[K, uint64]() {
		if !o.wanted(p.Name) {
			continue
		}
		all = append(all, subject{keys, p.Name, func(rng *rand.Rand) (instance, error) {
			return openResident(o, p, resident, streams, rng)
		}})
	}
	return all
}

// openResident opens a cache and fills it, in an order drawn anew: the layout of the heap differs from one instance to
// the next, as it does between programs.
func openResident[K comparable](
	o Options, p peer.Peer[K, uint64], resident []K, streams [][]K, rng *rand.Rand,
) (instance, error) {
	c, err := p.Open(peer.Config[K, uint64]{Capacity: o.Capacity, TTL: ttl})
	if err != nil {
		return instance{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	for i, at := range rng.Perm(len(resident)) {
		c.Set(resident[at], uint64(at))
		if i%256 == 255 {
			c.Settle() // so that no buffer of writes overflows
		}
	}
	c.Settle()
	runtime.GC()
	next := make([]struct {
		at int
		_  [56]byte // a cache line each: workers must not slow each other down here
	}, len(streams))
	return instance{
		hits: func(w, n int) int {
			if next[w].at+n > streamLength {
				next[w].at = 0
			}
			at := next[w].at
			next[w].at += n
			found, _ := c.Hits(streams[w][at : at+n])
			return found
		},
		close: c.Close,
	}, nil
}

// warm lets every worker's keys, and the buffers of the cache, come to the state they are in all day.
func (i instance) warm(o Options) {
	for w := range workers {
		for range o.Warm {
			i.hits(w, burst)
		}
	}
}
