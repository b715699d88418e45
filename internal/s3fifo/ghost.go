package s3fifo

import "sync/atomic"

// ghost remembers the hashes of the last nodes that left the small queue
// unread. It is a queue only in effect: a set-associative table whose cells
// hold the hash and the number of the eviction, and a cell whose
// number is too long ago counts as empty. It holds no pointer, and finding,
// adding and removing touch one cache line. Only one at a time may change it;
// anybody may look meanwhile.
type ghost struct {
	sets  []ghostSet
	keep  uint32        // how many evictions back a cell counts
	clock atomic.Uint32 // number of the last eviction
}

// ghostSet is one cache line: the high half of a cell is the number of the
// eviction, the low half the hash; 0 is empty.
type ghostSet [8]atomic.Uint64

// newGhost makes a ghost queue of n entries. A third more cells than entries
// keep the sets from overflowing before the entries are due.
func newGhost(n int) *ghost {
	n = min(max(n, 1), 1<<30)
	return &ghost{sets: make([]ghostSet, n*4/3/len(ghostSet{})+1), keep: uint32(n)}
}

func (g *ghost) set(hash uint32) *ghostSet {
	return &g.sets[scale(hash, len(g.sets))]
}

// fresh reports whether a cell is one of the last evictions, as of now.
func (g *ghost) fresh(cell uint64, now uint32) bool {
	return cell != 0 && now-uint32(cell>>32) < g.keep
}

func (g *ghost) add(hash uint32) {
	now := g.clock.Load() + 1
	if now == 0 { // wrapped: forget all rather than take old for new
		for i := range g.sets {
			for j := range g.sets[i] {
				g.sets[i][j].Store(0)
			}
		}
		now = 1
	}
	g.clock.Store(now)
	set := g.set(hash)
	victim, oldest := 0, uint32(0)
	for i := range set {
		cell := set[i].Load()
		if uint32(cell) == hash || !g.fresh(cell, now) {
			victim = i
			break
		}
		if age := now - uint32(cell>>32); age > oldest {
			victim, oldest = i, age
		}
	}
	set[victim].Store(uint64(now)<<32 | uint64(hash))
}

// has reports whether a hash is remembered; nothing is by a nil ghost.
func (g *ghost) has(hash uint32) bool {
	if g == nil {
		return false
	}
	set, now := g.set(hash), g.clock.Load()
	for i := range set {
		if cell := set[i].Load(); uint32(cell) == hash && g.fresh(cell, now) {
			return true
		}
	}
	return false
}

func (g *ghost) remove(hash uint32) {
	set := g.set(hash)
	for i := range set {
		if uint32(set[i].Load()) == hash {
			set[i].Store(0)
		}
	}
}
