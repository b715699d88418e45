package s3fifo

import (
	"math/bits"
	"unsafe"

	"github.com/cachier-go/cachier/internal/keyform"
)

// find looks a key up. There is a loop for each kind of key, so that comparing
// is one instruction for integers and nothing is boxed; they differ in the
// comparison alone.
func (t *table[K, V]) find(kind kind, plan *keyform.Plan, hash uint64, key unsafe.Pointer) *Node[K, V] {
	switch kind {
	case word8:
		return findWord[uint64](t, hash, key)
	case word4:
		return findWord[uint32](t, hash, key)
	case word2:
		return findWord[uint16](t, hash, key)
	case word1:
		return findWord[uint8](t, hash, key)
	case text:
		return findText(t, hash, key)
	default:
		return findPlan(t, plan, hash, key)
	}
}

func findWord[W uint8 | uint16 | uint32 | uint64, K, V any](t *table[K, V], hash uint64, key unsafe.Pointer) *Node[K, V] {
	k, want := *(*W)(key), tag(hash)
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

func findText[K, V any](t *table[K, V], hash uint64, key unsafe.Pointer) *Node[K, V] {
	k, want := *(*string)(key), tag(hash)
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

func findPlan[K, V any](t *table[K, V], plan *keyform.Plan, hash uint64, key unsafe.Pointer) *Node[K, V] {
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
