package s3fifo_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

func TestFollowsTheModel(t *testing.T) {
	for _, c := range []struct {
		entries  int
		weight   int64
		maxSize  int64
		universe int
	}{
		{entries: 100, maxSize: 5, universe: 400},
		{entries: 37, maxSize: 0, universe: 60},
		{weight: 300, maxSize: 9, universe: 300},
		{weight: 50, maxSize: 70, universe: 60}, // some are too heavy
		{entries: 30, weight: 100, maxSize: 9, universe: 90},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(c.universe)))
			r := newRig(t, c.entries, c.weight, nil)
			for range 800 {
				r.step(random, c.universe, c.maxSize)
				r.check(c.universe)
			}
		})
	}
}

func TestSmallestCaches(t *testing.T) {
	for entries := 1; entries <= 20; entries++ {
		random := rand.New(rand.NewPCG(2, uint64(entries)))
		r := newRig(t, entries, 0, nil)
		for range 500 {
			r.step(random, 3*entries+1, 1)
			r.check(3*entries + 1)
		}
		if r.cache.Len() == 0 {
			t.Errorf("a cache of %d entries ends up empty", entries)
		}
	}
}

// The rules of the paper, one at a time.
func TestRules(t *testing.T) {
	fill := func(t *testing.T, n int) *rig {
		r := newRig(t, n, 0, nil)
		for k := range n {
			r.put(k, 1)
		}
		return r
	}
	t.Run("one hit promotes", func(t *testing.T) {
		r := fill(t, 10)
		r.get(0)
		r.put(10, 1)
		_, main := r.cache.Queues()
		if len(main) != 1 || main[0].Key != 0 || main[0].Mark != 0 {
			t.Errorf("main queue is %v", main)
		}
		if r.cache.Evicted(r.hash(0)) || !r.cache.Evicted(r.hash(1)) {
			t.Error("1 should have been evicted instead of 0")
		}
	})
	t.Run("what comes back soon goes to the main queue", func(t *testing.T) {
		r := fill(t, 10)
		r.put(10, 1) // evicts 0
		r.put(0, 1)
		_, main := r.cache.Queues()
		if len(main) != 1 || main[0].Key != 0 {
			t.Errorf("main queue is %v", main)
		}
		if r.cache.Evicted(r.hash(0)) {
			t.Error("0 is in the cache and in the ghost queue")
		}
	})
	t.Run("a recomputed key keeps its place", func(t *testing.T) {
		r := fill(t, 10)
		r.put(0, 1)
		r.put(10, 1)
		if !r.cache.Evicted(r.hash(0)) {
			t.Error("the oldest key has moved")
		}
	})
	t.Run("the ghost queue has half as many again", func(t *testing.T) {
		r := fill(t, 100)
		r.put(100, 1)
		if got := r.cache.Ghosts(); got != 150 {
			t.Errorf("it remembers %d evictions", got)
		}
	})
	t.Run("a mark buys a round in the main queue", func(t *testing.T) {
		r := fill(t, 10)
		for k := range 9 {
			r.get(k)
		}
		r.put(10, 1) // promotes 0 to 8 and evicts 9
		for range 5 {
			r.get(0)
		}
		small, main := r.cache.Queues()
		if len(small) != 1 || len(main) != 9 || main[0].Key != 0 || main[0].Mark != 3 {
			t.Errorf("queues are %v and %v", small, main)
		}
		r.check(11)
	})
	t.Run("Clear forgets past evictions", func(t *testing.T) {
		r := fill(t, 10)
		r.put(10, 1)
		r.clear()
		if r.cache.Evicted(r.hash(0)) {
			t.Error("0 is still remembered")
		}
	})
}

func TestFlags(t *testing.T) {
	r := newRig(t, 3, 0, nil)
	item := func(k int, flags uint8) *s3fifo.Node[int, int] {
		r.cache.Put(r.hash(k), k, s3fifo.Item[int]{Flags: flags})
		return r.cache.Get(r.hash(k), &k)
	}
	n := item(1, 0xa5)
	for range 5 {
		n.Mark()
	}
	if n.Flags() != 0xa5 || !n.WasRead() {
		t.Errorf("flags are %x, read: %v", n.Flags(), n.WasRead())
	}
	// A new value has its own flags and takes over the rest.
	if n = item(1, 0x5a); n.Flags() != 0x5a || !n.WasRead() {
		t.Errorf("flags of the new value are %x, read: %v", n.Flags(), n.WasRead())
	}
	for k := range 10 {
		item(k+10, 0xff)
	}
	if n.Flags() != 0x5a || !n.WasRead() {
		t.Errorf("flags after evictions are %x, read: %v", n.Flags(), n.WasRead())
	}
}

func TestTooHeavy(t *testing.T) {
	r := newRig(t, 0, 10, nil)
	r.put(1, 10)
	r.put(1, 11)
	r.check(2)
	if r.cache.Len() != 0 || len(r.evicted) != 0 {
		t.Errorf("%d entries are left, %v were evicted", r.cache.Len(), r.evicted)
	}
}

// Sizes come from users: no sum of them may run over.
func TestHugeWeights(t *testing.T) {
	for _, bound := range []int64{math.MaxInt64, math.MaxInt64 - 1, 1 << 61, 1 << 58} {
		c, err := s3fifo.New(s3fifo.Config[int, int]{MaxWeight: bound})
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(3, 3))
		for range 2000 {
			k := random.IntN(20)
			size := 1 + random.Int64N(bound-1)
			if random.IntN(2) == 0 {
				size = bound
			}
			c.Put(c.Hash(&k), k, s3fifo.Item[int]{Size: size})
			if w := c.Weight(); w < 0 || w > bound || c.Len() > 0 && w == 0 {
				t.Fatalf("bound %d: the weight is %d", bound, w)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []s3fifo.Config[int, int]{{}, {MaxEntries: -1}, {MaxWeight: -1}, {MaxEntries: 1, MaxWeight: -1}} {
		if _, err := s3fifo.New(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	if _, err := s3fifo.New(s3fifo.Config[[]int, int]{MaxEntries: 1}); err == nil {
		t.Error("slices are accepted as keys")
	}
}
