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

func (k *keys) hash(key unsafe.Pointer) uint64 {
	switch k.kind {
	case text:
		return k.seed.String(*(*string)(key))
	case word8:
		return k.seed.Word(*(*uint64)(key))
	case word4:
		return k.seed.Word(uint64(*(*uint32)(key)))
	case word2:
		return k.seed.Word(uint64(*(*uint16)(key)))
	case word1:
		return k.seed.Word(uint64(*(*uint8)(key)))
	default:
		return k.plan.Hash(&k.seed, key)
	}
}
