package s3fifo

import "unsafe"

// Place is where a node stands, for comparison with a model.
type Place[K any] struct {
	Key  K
	Mark uint32
}

// Sizes of what is laid out by the line, in bytes.
const (
	NodeSize   = unsafe.Sizeof(Node[int, *int]{})
	BucketSize = unsafe.Sizeof(bucket[int, *int]{})
)

// Queues returns the queues, oldest first.
func (c *Cache[K, V]) Queues() (small, main []Place[K]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.small.places(), c.main.places()
}

func (l *list[K, V]) places() (all []Place[K]) {
	for n := l.tail; n != nil; n = n.prev {
		all = append(all, Place[K]{n.Key, n.state.mark()})
	}
	return all
}

// Buckets is the size of the table.
func (c *Cache[K, V]) Buckets() int { return len(c.table.Load().buckets) }

// Beyond is how many buckets have a count of entries gone further that is not
// zero, and how many of these will never have a smaller one.
func (c *Cache[K, V]) Beyond() (passed, stuck int) {
	t := c.table.Load()
	for i := range t.buckets {
		switch t.buckets[i].meta.Load() >> beyondAt {
		case 0:
		case beyondNo:
			stuck++
			fallthrough
		default:
			passed++
		}
	}
	return passed, stuck
}

// Ghost is the ghost queue alone.
type Ghost struct{ *ghost }

// NewGhost makes one that remembers n evictions.
func NewGhost(n int) *Ghost { return &Ghost{newGhost(n)} }

func (g *Ghost) Add(hash uint32)      { g.add(hash) }
func (g *Ghost) Has(hash uint32) bool { return g.has(hash) }
func (g *Ghost) Remove(hash uint32)   { g.remove(hash) }

// Age lets so many evictions pass at once.
func (g *Ghost) Age(evictions uint32) { g.clock.Add(evictions) }

// Ghosts is how many evictions the cache remembers; 0 before the first.
func (c *Cache[K, V]) Ghosts() int {
	g := c.ghosts.Load()
	if g == nil {
		return 0
	}
	return int(g.keep)
}
