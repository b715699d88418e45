package s3fifo

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/cachier-go/cachier/internal/keyform"
)

// kind says how the bytes of a key are hashed and compared.
type kind uint8

const (
	composite kind = iota // by a plan
	text
	word1
	word2
	word4
	word8
)

// keys hashes keys of one type, seeded for each cache, so that nobody outside
// can choose keys that collide.
type keys struct {
	kind kind
	plan *keyform.Plan // composite only
	seed keyform.Seed
}

func keysOf(t reflect.Type) (keys, error) {
	k := keys{seed: *keyform.NewSeed()}
	form, err := keyform.Of(t)
	if err != nil {
		return k, err
	}
	switch {
	case !form.Direct:
		return k, fmt.Errorf("a %v can't be compared as it is", t)
	case form.Kind == keyform.String:
		k.kind = text
	case form.Kind == keyform.Word:
		k.kind = map[uintptr]kind{1: word1, 2: word2, 4: word4, 8: word8}[form.Size]
	default:
		k.plan = form.Plan
	}
	return k, nil
}

func (k *keys) hash(key unsafe.Pointer) uint32 {
	switch k.kind {
	case text:
		return k.text(*(*string)(key))
	case word8:
		return k.word(*(*uint64)(key))
	case word4:
		return k.word(uint64(*(*uint32)(key)))
	case word2:
		return k.word(uint64(*(*uint16)(key)))
	case word1:
		return k.word(uint64(*(*uint8)(key)))
	default:
		return k.composite(key)
	}
}

// Half of a hash is enough: it finds a bucket among millions, and one key in a
// million that were evicted is taken for another once in four thousand times.

func (k *keys) text(v string) uint32 { return uint32(k.seed.String(v) >> 32) }

func (k *keys) word(v uint64) uint32 { return uint32(k.seed.Word(v) >> 32) }

func (k *keys) composite(key unsafe.Pointer) uint32 { return uint32(k.plan.Hash(&k.seed, key) >> 32) }

// scale turns a hash into an index below n, by its high bits.
func scale(hash uint32, n int) uint64 { return uint64(hash) * uint64(n) >> 32 }
