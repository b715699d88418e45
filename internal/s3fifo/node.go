package s3fifo

import (
	"sync/atomic"
	"time"
)

// Node is one entry. All but its mark and its place in a queue is fixed when
// it is inserted: a new value for a key is a new node in the old one's place.
// So whoever has found a node may read it without a lock, for as long as it
// likes, also after the node was evicted.
//
// A node of a string key and a pointer value fills 80 bytes.
type Node[K, V any] struct {
	hash    uint64
	Created int64 // when the value was made, on the clock axis; see internal/clock
	Key     K
	Value   V

	prev, next *Node[K, V] // protected by the cache's lock

	Size int64 // weight, or estimated bytes; 0: unknown

	ttl  float32 // seconds; 0: the function's own
	cost float32 // seconds that making the value took

	// mark counts hits since the last eviction round, up to maxMark. Hits raise
	// it without a lock and evictions lower it under one; an increment lost
	// between them costs a little accuracy and nothing else. The bits above
	// markBits are free for decisions that are made at insertion.
	mark  atomic.Uint32
	queue queue // protected by the cache's lock
	read  bool  // hit before the mark was last lowered; protected by the lock
	Flags uint8 // the caller's own
}

type queue uint8

const (
	none queue = iota // not in the cache any more
	small
	main
)

const maxMark = 3

// Mark notes a hit. It stores only while the mark is below its maximum, so a
// hot node's cache line stays shared between processors.
func (n *Node[K, V]) Mark() {
	if m := n.mark.Load(); m < maxMark {
		n.mark.Store(m + 1)
	}
}

// Cost is what making the value took; 0: unknown. It is exact to 1 in 2^24.
func (n *Node[K, V]) Cost() time.Duration { return fromSeconds(n.cost) }

// TTL is the entry's own time to live; 0: the function's. It is exact to 1 in
// 2^24.
func (n *Node[K, V]) TTL() time.Duration { return fromSeconds(n.ttl) }

// WasRead reports whether the node was hit since it was inserted.
func (n *Node[K, V]) WasRead() bool { return n.read || n.mark.Load() > 0 }

func fromSeconds(s float32) time.Duration {
	return time.Duration(float64(s) * float64(time.Second))
}

func toSeconds(d time.Duration) float32 { return float32(d.Seconds()) }

// list is a queue of nodes, oldest at the tail.
type list[K, V any] struct {
	head, tail *Node[K, V]
	length     int
	weight     int64
}

func (l *list[K, V]) push(n *Node[K, V], weight int64) {
	n.prev, n.next = nil, l.head
	if l.head != nil {
		l.head.prev = n
	} else {
		l.tail = n
	}
	l.head = n
	l.length++
	l.weight += weight
}

func (l *list[K, V]) remove(n *Node[K, V], weight int64) {
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		l.head = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else {
		l.tail = n.prev
	}
	n.prev, n.next = nil, nil
	l.length--
	l.weight -= weight
}

// replace puts n where old is.
func (l *list[K, V]) replace(old, n *Node[K, V], delta int64) {
	n.prev, n.next = old.prev, old.next
	if n.prev != nil {
		n.prev.next = n
	} else {
		l.head = n
	}
	if n.next != nil {
		n.next.prev = n
	} else {
		l.tail = n
	}
	old.prev, old.next = nil, nil
	l.weight += delta
}
