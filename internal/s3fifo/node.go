package s3fifo

import "time"

// Node is one entry. All but its state and its place in a queue is fixed when
// it is inserted: a new value for a key is a new node in the old one's place.
// So whoever has found a node may read it without a lock, for as long as it
// likes, also after the node was evicted.
//
// A node of an integer key and a pointer value fills one cache line of 64
// bytes, one of a string key 80 bytes, with all that a hit touches in front.
type Node[K, V any] struct {
	state   state
	hash    uint32
	Created int64 // when the value was made, on the clock axis; see internal/clock
	Key     K
	Value   V

	prev, next *Node[K, V] // protected by the cache's lock

	Size int64 // weight, or estimated bytes; 0: unknown

	ttl  float32 // seconds; 0: the function's own
	cost float32 // seconds that making the value took
}

// Mark notes a hit. It stores only while the mark is below its maximum, so a
// hot node's cache line stays shared between processors.
func (n *Node[K, V]) Mark() { n.state.hit() }

// WasRead reports whether the node was hit since it was inserted.
func (n *Node[K, V]) WasRead() bool { return n.state.has(wasRead) }

// Flags are the caller's own, as they were in the Item.
func (n *Node[K, V]) Flags() uint8 { return uint8(n.state.Load() >> flagsAt) }

// Cost is what making the value took; 0: unknown. It is exact to 1 in 2^24.
func (n *Node[K, V]) Cost() time.Duration { return fromSeconds(n.cost) }

// TTL is the entry's own time to live; 0: the function's. It is exact to 1 in
// 2^24.
func (n *Node[K, V]) TTL() time.Duration { return fromSeconds(n.ttl) }

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
