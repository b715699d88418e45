package s3fifo

import (
	"math/bits"
	"sync/atomic"
)

// table is an open-addressed hash table of nodes with one writer at a time and
// any number of readers that take no lock.
//
// A bucket is one cache line: seven pointers and a word with seven tags (a bit
// that says the slot is taken, and seven bits of the hash) and a count of the
// entries that belong here or before but had to be put further on. A reader
// compares its tag with all seven at once, follows the pointers that match,
// and goes on to the next bucket only while that count is not zero.
//
// Why a reader without a lock sees a map that some order of the operations
// explains:
//   - a slot's pointer is stored before its tag, and a tag is cleared before
//     its pointer, so a tag that is seen has led, or leads, to a node;
//   - a node's hash, key and value never change, and the reader compares the
//     key itself, so a slot that was reused under its hands can only make it
//     miss what was removed while it looked;
//   - a new value for a key swaps one pointer in place: a key that stays in the
//     table is never absent for an instant;
//   - the counts of the buckets passed over rise before a node is published
//     beyond them, and fall only after it is gone;
//   - nothing is ever moved inside a table. Growing fills a new one and swaps
//     the pointer to it; the old one is not changed any more, so a reader still
//     in it sees the map as it was at the swap, which is after it began.
//
// One thing it does not promise: of two readers during one insertion the first
// may find the new node and the second not yet, where the first still held the
// tag of a node that had just left the slot.
type table[K, V any] struct {
	buckets []bucket[K, V]
}

const perBucket = 7

type bucket[K, V any] struct {
	meta  atomic.Uint64 // bytes 0 to 6: tags; byte 7: how many went further
	slots [perBucket]atomic.Pointer[Node[K, V]]
}

const (
	lows     = 0x0001010101010101 // the lowest bit of every tag
	highs    = lows << 7          // the highest: taken
	beyondAt = 56                 // where the count of entries gone further is
	beyond1  = 1 << beyondAt
	beyondNo = 0xff // a count that has reached this never falls again
)

// fill is how many entries a bucket is to hold on average before the table
// grows: few enough that one entry in ten or so lies beyond its own bucket.
const fill = 5

func newTable[K, V any](entries int) *table[K, V] {
	return &table[K, V]{buckets: make([]bucket[K, V], max(entries/fill+1, 2))}
}

// room is the number of entries from which on the table should grow.
func (t *table[K, V]) room() int { return len(t.buckets) * fill }

// home is the bucket where a hash belongs. It takes the hash's high bits and
// tag the low ones, so the two are independent up to a hundred million entries.
func (t *table[K, V]) home(hash uint32) uint64 { return scale(hash, len(t.buckets)) }

// tag is the hash's byte in a bucket's word, at every place.
func tag(hash uint32) uint64 { return uint64(hash&0x7f|0x80) * lows }

// match has the highest bit of every byte set where the bucket's tags may
// equal t: for certain where they do, now and then above such a place too.
func match(meta, t uint64) uint64 {
	x := meta ^ t
	return (x - lows) & ^x & highs & meta
}

// insert publishes a node whose key is not in the table. The caller has the
// lock and has made room.
func (t *table[K, V]) insert(n *Node[K, V]) {
	for i := t.home(n.hash); ; i = t.after(i) {
		b := &t.buckets[i]
		meta := b.meta.Load()
		if free := ^meta & highs; free != 0 {
			at := bits.TrailingZeros64(free) / 8
			b.slots[at].Store(n)
			shift := uint(at) * 8
			b.meta.Store(meta&^(0xff<<shift) | uint64(n.hash&0x7f|0x80)<<shift)
			return
		}
		if meta>>beyondAt != beyondNo {
			b.meta.Store(meta + beyond1)
		}
	}
}

// replace publishes n in the place of old, which has the same key. It reports
// whether old was there.
func (t *table[K, V]) replace(old, n *Node[K, V]) bool {
	b, at := t.locate(old)
	if b == nil {
		return false
	}
	b.slots[at].Store(n)
	return true
}

// remove takes a node out. It reports whether it was there.
func (t *table[K, V]) remove(n *Node[K, V]) bool {
	last, at := t.locate(n)
	if last == nil {
		return false
	}
	last.meta.Store(last.meta.Load() &^ (0x80 << (uint(at) * 8)))
	last.slots[at].Store(nil)
	for i := t.home(n.hash); &t.buckets[i] != last; i = t.after(i) {
		b := &t.buckets[i]
		if meta := b.meta.Load(); meta>>beyondAt != beyondNo {
			b.meta.Store(meta - beyond1)
		}
	}
	return true
}

// locate finds the slot of a node. The caller has the lock.
func (t *table[K, V]) locate(n *Node[K, V]) (*bucket[K, V], int) {
	want := tag(n.hash)
	i := t.home(n.hash)
	for range t.buckets {
		b := &t.buckets[i]
		meta := b.meta.Load()
		for m := match(meta, want); m != 0; m &= m - 1 {
			if at := bits.TrailingZeros64(m) / 8; b.slots[at].Load() == n {
				return b, at
			}
		}
		if meta>>beyondAt == 0 {
			break
		}
		i = t.after(i)
	}
	return nil, 0
}

func (t *table[K, V]) after(i uint64) uint64 {
	if i++; i == uint64(len(t.buckets)) {
		return 0
	}
	return i
}

// grown copies the table into one for the given number of entries.
func (t *table[K, V]) grown(entries int) *table[K, V] {
	g := newTable[K, V](entries)
	for n := range t.all {
		g.insert(n)
	}
	return g
}

// all yields the nodes. Without the lock it may miss what changes meanwhile.
func (t *table[K, V]) all(yield func(*Node[K, V]) bool) {
	for i := range t.buckets {
		b := &t.buckets[i]
		for at := range b.slots {
			if n := b.slots[at].Load(); n != nil && !yield(n) {
				return
			}
		}
	}
}
