package s3fifo

import (
	"math/bits"
	"unsafe"

	"github.com/cachier-go/cachier/internal/keyform"
)

// Lookup returns the node of a key, or nil. It neither locks, nor allocates,
// nor marks the node as read. The key does not escape.
//
// It is Hash and Get in one, for hits: what kind of key it is is asked once.
func (c *Cache[K, V]) Lookup(key *K) *Node[K, V] {
	t, k, at := c.table.Load(), &c.keys, unsafe.Pointer(key)
	switch k.kind {
	case word8:
		w := *(*uint64)(at)
		return findWord(t, k.word(w), w)
	case text:
		s := *(*string)(at)
		return findText(t, k.text(s), s)
	case word4:
		w := *(*uint32)(at)
		return findWord(t, k.word(uint64(w)), w)
	case word2:
		w := *(*uint16)(at)
		return findWord(t, k.word(uint64(w)), w)
	case word1:
		w := *(*uint8)(at)
		return findWord(t, k.word(uint64(w)), w)
	default:
		return findPlan(t, k.composite(at), k.plan, at)
	}
}

// Get is Lookup where the hash is known.
func (c *Cache[K, V]) Get(hash uint32, key *K) *Node[K, V] {
	t, at := c.table.Load(), unsafe.Pointer(key)
	switch c.keys.kind {
	case word8:
		return findWord(t, hash, *(*uint64)(at))
	case text:
		return findText(t, hash, *(*string)(at))
	case word4:
		return findWord(t, hash, *(*uint32)(at))
	case word2:
		return findWord(t, hash, *(*uint16)(at))
	case word1:
		return findWord(t, hash, *(*uint8)(at))
	default:
		return findPlan(t, hash, c.keys.plan, at)
	}
}

// There is a loop for each kind of key, so that comparing is one instruction
// for integers and nothing is boxed; they differ in the comparison alone.

func findWord[W uint8 | uint16 | uint32 | uint64, K, V any](t *table[K, V], hash uint32, k W) *Node[K, V] {
	want := tag(hash)
	i := t.home(hash)
	for range t.buckets {
		b := &t.buckets[i]
		meta := b.meta.Load()
		for m := match(meta, want); m != 0; m &= m - 1 {
			n := b.slots[bits.TrailingZeros64(m)/8].Load()
			if n != nil && *(*W)(unsafe.Pointer(&n.Key)) == k {
				return n
			}
		}
		if meta>>beyondAt == 0 {
			break
		}
		i = t.after(i)
	}
	return nil
}

func findText[K, V any](t *table[K, V], hash uint32, k string) *Node[K, V] {
	want := tag(hash)
	i := t.home(hash)
	for range t.buckets {
		b := &t.buckets[i]
		meta := b.meta.Load()
		for m := match(meta, want); m != 0; m &= m - 1 {
			n := b.slots[bits.TrailingZeros64(m)/8].Load()
			if n != nil && *(*string)(unsafe.Pointer(&n.Key)) == k {
				return n
			}
		}
		if meta>>beyondAt == 0 {
			break
		}
		i = t.after(i)
	}
	return nil
}

func findPlan[K, V any](t *table[K, V], hash uint32, plan *keyform.Plan, key unsafe.Pointer) *Node[K, V] {
	want := tag(hash)
	i := t.home(hash)
	for range t.buckets {
		b := &t.buckets[i]
		meta := b.meta.Load()
		for m := match(meta, want); m != 0; m &= m - 1 {
			n := b.slots[bits.TrailingZeros64(m)/8].Load()
			if n != nil && n.hash == hash && plan.Equal(unsafe.Pointer(&n.Key), key) {
				return n
			}
		}
		if meta>>beyondAt == 0 {
			break
		}
		i = t.after(i)
	}
	return nil
}
