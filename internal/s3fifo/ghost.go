package s3fifo

// ghost remembers the hashes of the last nodes that left the small queue
// unread. It is a queue only in effect: a set-associative table whose cells
// hold the hash and the number of the eviction, and a cell whose
// number is too long ago counts as empty. It holds no pointer, and finding,
// adding and removing touch one cache line.
type ghost struct {
	sets  []ghostSet
	keep  uint32 // how many evictions back a cell counts
	clock uint32 // number of the last eviction
}

// ghostSet is one cache line: the high half of a cell is the number of the
// eviction, the low half the hash; 0 is empty.
type ghostSet [8]uint64

// newGhost makes a ghost queue of n entries. A third more cells than entries
// keep the sets from overflowing before the entries are due.
func newGhost(n int) *ghost {
	n = min(max(n, 1), 1<<30)
	return &ghost{sets: make([]ghostSet, n*4/3/len(ghostSet{})+1), keep: uint32(n)}
}

func (g *ghost) set(hash uint32) *ghostSet {
	return &g.sets[scale(hash, len(g.sets))]
}

// fresh reports whether a cell is one of the last evictions.
func (g *ghost) fresh(cell uint64) bool {
	return cell != 0 && g.clock-uint32(cell>>32) < g.keep
}

func (g *ghost) add(hash uint32) {
	g.clock++
	if g.clock == 0 { // wrapped: forget all rather than take old for new
		clear(g.sets)
		g.clock = 1
	}
	set := g.set(hash)
	victim, oldest := 0, uint32(0)
	for i, cell := range set {
		if uint32(cell) == hash || !g.fresh(cell) {
			victim = i
			break
		}
		if age := g.clock - uint32(cell>>32); age > oldest {
			victim, oldest = i, age
		}
	}
	set[victim] = uint64(g.clock)<<32 | uint64(hash)
}

func (g *ghost) has(hash uint32) bool {
	for _, cell := range g.set(hash) {
		if uint32(cell) == hash && g.fresh(cell) {
			return true
		}
	}
	return false
}

func (g *ghost) remove(hash uint32) {
	set := g.set(hash)
	for i, cell := range set {
		if uint32(cell) == hash {
			set[i] = 0
		}
	}
}

func (g *ghost) clear() {
	clear(g.sets)
	g.clock = 0
}
