package s3fifo

import (
	"errors"
	"math"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Config bounds a Cache. At least one bound must be positive.
type Config[K, V any] struct {
	MaxEntries int   // 0: no bound on their number
	MaxWeight  int64 // 0: no bound on the sum of Item.Size; 2^58 at the most

	// Evicted, if set, is told of every node that had to make room, by whoever
	// put something in its place, without the cache's lock.
	Evicted func(*Node[K, V])
}

// heaviest is the largest bound on the weight. No sum of sizes reaches it, and
// below it no arithmetic on weights can overflow.
const heaviest = 1 << 58

// Cache is a bounded map from K to V. All methods are safe for concurrent use.
//
// Locking: mu protects the queues, the ghost queue and every change of the
// table. Look-ups take no lock. Entries, weight and ghosts are atomics so that
// they can be read without it; only its holder changes them.
type Cache[K, V any] struct {
	keys   keys
	config Config[K, V]

	table atomic.Pointer[table[K, V]] // swapped under mu

	_ [128]byte // every look-up reads what is above, what is below changes with each insertion

	mu    sync.Mutex
	small list[K, V]
	main  list[K, V]
	gone  list[K, V] // evicted by a Put that has still to tell of it

	ghosts  atomic.Pointer[ghost] // changed under mu; nil until the first eviction
	entries atomic.Int64
	weight  atomic.Int64
}

// Item is what is stored for a key.
type Item[V any] struct {
	Value   V
	Created int64         // on the clock axis
	Size    int64         // weight, or estimated bytes, not negative; 0: unknown, or 1 where there is a bound
	TTL     time.Duration // 0: the function's
	Cost    time.Duration // what making the value took; 0: unknown
	Flags   uint8         // the caller's own
}

// New makes a Cache. It fails for a type of key that cannot be hashed and
// compared as it is in memory.
func New[K, V any](c Config[K, V]) (*Cache[K, V], error) {
	if c.MaxEntries < 0 || c.MaxWeight < 0 || c.MaxEntries == 0 && c.MaxWeight == 0 {
		return nil, errors.New("a cache needs a positive bound")
	}
	k, err := keysOf(reflect.TypeFor[K]())
	if err != nil {
		return nil, err
	}
	c.MaxWeight = min(c.MaxWeight, heaviest)
	cache := &Cache[K, V]{keys: k, config: c}
	cache.table.Store(newTable[K, V](0))
	return cache, nil
}

// Hash returns the hash of a key, for the other methods. It differs between
// caches and between processes. The key does not escape.
func (c *Cache[K, V]) Hash(key *K) uint32 { return c.keys.hash(unsafe.Pointer(key)) }

// Put stores an item. A key that is there already keeps its place in the
// queues. Put returns the node it replaced, nil if there was none, and whether
// the item was stored: one that is larger than the whole cache is not, and
// what its key held before is removed.
func (c *Cache[K, V]) Put(hash uint32, key K, it Item[V]) (old *Node[K, V], stored bool) {
	if c.config.MaxWeight > 0 {
		it.Size = max(it.Size, 1) // or weightless entries would have no bound
	}
	n := &Node[K, V]{
		hash: hash, Created: it.Created, Key: key, Value: it.Value, Size: it.Size,
		ttl: toSeconds(it.TTL), cost: toSeconds(it.Cost),
	}
	n.state.Store(uint32(it.Flags) << flagsAt)
	c.mu.Lock()
	old, stored = c.put(n)
	gone := c.gone
	c.gone = list[K, V]{}
	c.mu.Unlock()
	for e := gone.tail; e != nil; e = gone.tail {
		gone.remove(e, 0)
		c.config.Evicted(e)
	}
	return old, stored
}

// put is Put for who has the lock.
func (c *Cache[K, V]) put(n *Node[K, V]) (old *Node[K, V], stored bool) {
	old = c.Get(n.hash, &n.Key)
	switch {
	case c.config.MaxWeight > 0 && n.Size > c.config.MaxWeight:
		if old != nil {
			c.unlink(old)
		}
		return old, false
	case old != nil:
		c.replace(old, n)
		c.evict(0, 0)
	default:
		c.insert(n)
	}
	return old, true
}

func (c *Cache[K, V]) replace(old, n *Node[K, V]) {
	n.state.set(^uint32(flags), old.state.Load()&^flags)
	delta := c.cost(n) - c.cost(old)
	c.list(old).replace(old, n, delta)
	old.state.set(queues, none)
	c.table.Load().replace(old, n)
	c.weight.Add(n.Size - old.Size)
}

func (c *Cache[K, V]) insert(n *Node[K, V]) {
	queue := uint32(small)
	if g := c.ghosts.Load(); g.has(n.hash) {
		g.remove(n.hash)
		queue = main
	}
	n.state.set(queues, queue)
	c.evict(1, n.Size) // before, so that a newcomer does not compete at once
	t := c.table.Load()
	if count := int(c.entries.Load()); count >= t.room() {
		t = t.grown(c.growth(count))
		c.table.Store(t)
	}
	t.insert(n)
	c.list(n).push(n, c.cost(n))
	c.entries.Add(1)
	c.weight.Add(n.Size)
}

// growth is the number of entries to make room for: twice as many, but no more
// than there can ever be.
func (c *Cache[K, V]) growth(count int) int {
	want := max(count*2, 8*fill)
	if limit := c.config.MaxEntries; limit > 0 && want > limit*3/4 {
		want = max(limit, count+1)
	}
	return want
}

// list is the queue a node is in. The caller has the lock.
func (c *Cache[K, V]) list(n *Node[K, V]) *list[K, V] {
	if n.state.queue() == main {
		return &c.main
	}
	return &c.small
}

// cost is what a node takes of the tighter bound's queue shares.
func (c *Cache[K, V]) cost(n *Node[K, V]) int64 {
	if c.config.MaxWeight > 0 {
		return max(n.Size, 1)
	}
	return 1
}

// Remove takes a node out and reports whether it was there.
func (c *Cache[K, V]) Remove(n *Node[K, V]) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n.state.queue() == none {
		return false
	}
	c.unlink(n)
	return true
}

// Delete removes a key and returns the node it had, or nil.
func (c *Cache[K, V]) Delete(hash uint32, key *K) *Node[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.Get(hash, key)
	if n != nil {
		c.unlink(n)
	}
	return n
}

func (c *Cache[K, V]) unlink(n *Node[K, V]) {
	c.table.Load().remove(n)
	c.list(n).remove(n, c.cost(n))
	n.state.set(queues, none)
	c.entries.Add(-1)
	c.weight.Add(-n.Size)
}

// Clear removes everything, the memory of past evictions included, and returns
// how many entries there were.
func (c *Cache[K, V]) Clear() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range []*list[K, V]{&c.small, &c.main} {
		for n := l.head; n != nil; {
			next := n.next
			n.state.set(queues, none)
			n.prev, n.next = nil, nil // a reader's node must not keep the rest alive
			n = next
		}
		*l = list[K, V]{}
	}
	c.table.Store(newTable[K, V](0))
	c.ghosts.Store(nil)
	c.weight.Store(0)
	return int(c.entries.Swap(0))
}

// All yields every node, in no order, without holding the lock: what is
// inserted or removed meanwhile may or may not be seen.
func (c *Cache[K, V]) All(yield func(*Node[K, V]) bool) { c.table.Load().all(yield) }

// Evicted reports whether a key's hash is still remembered as evicted.
func (c *Cache[K, V]) Evicted(hash uint32) bool { return c.ghosts.Load().has(hash) }

// Len is the number of entries.
func (c *Cache[K, V]) Len() int { return int(c.entries.Load()) }

// Weight is the sum of the sizes of all entries.
func (c *Cache[K, V]) Weight() int64 { return c.weight.Load() }

// Limits returns the bounds; 0 where there is none.
func (c *Cache[K, V]) Limits() (entries int, weight int64) {
	return c.config.MaxEntries, c.config.MaxWeight
}

// full reports whether so much more would exceed a bound.
func (c *Cache[K, V]) full(entries, weight int64) bool {
	maxEntries, maxWeight := int64(c.config.MaxEntries), c.config.MaxWeight
	return maxEntries > 0 && c.entries.Load()+entries > maxEntries ||
		maxWeight > 0 && c.weight.Load()+weight > maxWeight
}

// ghostLength is how many evictions to remember: half as many again as the
// entries that fit, which for a bound by weight are those that fit now. The
// paper has nine tenths; where the cache is tiny beside its keys that forgets
// what is about to come again, and beyond one and a half the traces gain little.
func (c *Cache[K, V]) ghostLength() int {
	n := c.config.MaxEntries
	if n == 0 {
		n = c.Len()
	}
	return int(min(int64(n)*3/2, math.MaxInt32))
}
