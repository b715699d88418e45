package s3fifo_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

// The ghost queue forgets in sets, not exactly in order. Beside an exact one it
// must never remember too much, and lose little before it is due.
func TestGhost(t *testing.T) {
	const keep, universe, steps = 1000, 2500, 200_000
	random := rand.New(rand.NewPCG(1, 1))
	hashes := make([]uint32, universe)
	for i := range hashes {
		hashes[i] = random.Uint32()
	}
	g := s3fifo.NewGhost(keep)
	last := make([]int, universe) // the number of the key's last eviction; 0: none, or removed
	evictions, asked, lost := 0, 0, 0
	for range steps {
		k := random.IntN(universe)
		want := last[k] != 0 && evictions-last[k] < keep
		got := g.Has(hashes[k])
		switch {
		case got && !want:
			t.Fatalf("remembers an eviction %d evictions ago, or one that was removed", evictions-last[k])
		case want:
			asked++
			if !got {
				lost++
			}
		}
		if want && random.IntN(2) == 0 {
			g.Remove(hashes[k])
			last[k] = 0
			continue
		}
		evictions++
		g.Add(hashes[k])
		last[k] = evictions
		if !g.Has(hashes[k]) {
			t.Fatal("does not remember the last eviction")
		}
	}
	t.Logf("lost %d of %d", lost, asked)
	if lost*100 > asked*6 {
		t.Errorf("lost %d of %d before they were due", lost, asked)
	}
}

// The number of evictions runs over after four thousand million of them.
func TestGhostRunsOver(t *testing.T) {
	g := s3fifo.NewGhost(100)
	g.Age(1<<32 - 50)
	for i := range uint32(200) {
		h := i * 0x9e3779b9
		g.Add(h)
		if !g.Has(h) {
			t.Fatalf("eviction %d is forgotten at once", i)
		}
	}
}

// A bound by weight says nothing about the number of entries, so the ghost
// queue follows what is there.
func TestGhostFollowsWeights(t *testing.T) {
	c, err := s3fifo.New(s3fifo.Config[int, int]{MaxWeight: 1000})
	if err != nil {
		t.Fatal(err)
	}
	put := func(from, n int, size int64) {
		for k := from; k < from+n; k++ {
			c.Put(c.Hash(&k), k, s3fifo.Item[int]{Size: size})
		}
	}
	put(0, 50, 100) // 10 fit
	few := c.Ghosts()
	put(50, 2000, 1) // 1000 fit
	if many := c.Ghosts(); few > 15 || many < 375 || many > 1500 {
		t.Errorf("remembers %d evictions of heavy entries, %d of light ones", few, many)
	}
}
