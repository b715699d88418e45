package s3fifo_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

// colliding are ways to hash that a good hash avoids. The home bucket is chosen
// by the high bits and the tag by the low ones.
var colliding = map[string]func(int) uint32{
	"all equal":            func(int) uint32 { return 0 },
	"all ones":             func(int) uint32 { return 1<<32 - 1 },
	"three hashes":         func(k int) uint32 { return uint32(k%3) << 30 },
	"one bucket":           func(k int) uint32 { return uint32(k) },
	"last bucket":          func(k int) uint32 { return 0xfffff<<12 | uint32(k) },
	"one tag":              func(k int) uint32 { return uint32(k) * 0x9e3779b9 &^ 0x7f },
	"neighbouring buckets": func(k int) uint32 { return uint32(k%5)<<27 | uint32(k%128) },
}

// With hashes that collide the cache is still a map.
func TestCollisions(t *testing.T) {
	for name, hash := range colliding {
		t.Run(name, func(t *testing.T) {
			const universe = 40
			random := rand.New(rand.NewPCG(4, 4))
			r := newRig(t, universe, 0, hash)
			for range 1500 {
				r.step(random, universe, 1)
				r.check(universe)
			}
		})
	}
}

// A chain of entries that lie beyond their bucket may be longer than its count
// can say.
func TestLongChains(t *testing.T) {
	for name, hash := range colliding {
		t.Run(name, func(t *testing.T) {
			const universe = 400
			c, err := s3fifo.New(s3fifo.Config[int, int]{MaxEntries: universe})
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(5, 5))
			oracle := map[int]int{}
			equal := func(key int) {
				t.Helper()
				n := c.Get(hash(key), &key)
				if want, ok := oracle[key]; ok != (n != nil) || ok && (n.Key != key || n.Value != want) {
					t.Fatalf("Get(%d) = %+v, want %d, %v", key, n, want, ok)
				}
			}
			for round, target := range []int{universe, 3, universe, 0, universe / 2} {
				for len(oracle) != target {
					key := random.IntN(universe)
					if len(oracle) < target {
						oracle[key] = round
						c.Put(hash(key), key, s3fifo.Item[int]{Value: round})
					} else {
						delete(oracle, key)
						c.Delete(hash(key), &key)
					}
					equal(key)
					equal(random.IntN(universe))
				}
				for key := range universe {
					equal(key)
				}
				passed, stuck := c.Beyond()
				if target == 0 && passed != stuck {
					t.Errorf("%d buckets of an empty table still count entries beyond them", passed-stuck)
				}
				if name == "all equal" && round == 0 && stuck == 0 {
					t.Error("no count has reached its maximum: the test has lost its point")
				}
			}
			if c.Len() != len(oracle) {
				t.Errorf("Len() = %d, want %d", c.Len(), len(oracle))
			}
		})
	}
}

// Buckets fill a cache line, and so do nodes of an integer key and a pointer.
func TestLayout(t *testing.T) {
	if strconv.IntSize != 64 {
		t.Skip("lines are laid out for pointers of 64 bits")
	}
	if s3fifo.BucketSize != 64 || s3fifo.NodeSize != 64 {
		t.Errorf("a bucket has %d bytes, a node %d", s3fifo.BucketSize, s3fifo.NodeSize)
	}
}

// The table grows with what it holds, to no more than the bound needs.
func TestTableSize(t *testing.T) {
	for _, bound := range []int{1, 10, 100, 1000, 12_345} {
		c, err := s3fifo.New(s3fifo.Config[int, int]{MaxEntries: bound})
		if err != nil {
			t.Fatal(err)
		}
		for k := range 3 * bound {
			c.Put(c.Hash(&k), k, s3fifo.Item[int]{})
			if c.Buckets()*7 < c.Len() {
				t.Fatalf("%d buckets for %d entries", c.Buckets(), c.Len())
			}
		}
		if c.Len() != bound || c.Buckets() > bound/5+8 {
			t.Errorf("%d buckets for %d entries of at most %d", c.Buckets(), c.Len(), bound)
		}
	}
}

// FuzzOperations reads a program of operations: the first two bytes choose the
// bounds and the hash, then two bytes are one operation.
func FuzzOperations(f *testing.F) {
	f.Add([]byte{10, 0, 1, 1, 1, 2, 0, 1, 2, 1, 3, 2, 4, 0})
	f.Add([]byte{0x83, 1, 1, 1, 0x41, 2, 0x81, 3, 0xc1, 4, 0, 1, 1, 5})
	f.Add([]byte("some text that makes operations of every kind"))
	hashes := make([]func(int) uint32, 0, 1+len(colliding))
	hashes = append(hashes, nil)
	for _, name := range []string{"all equal", "three hashes", "one bucket", "one tag", "neighbouring buckets"} {
		hashes = append(hashes, colliding[name])
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) < 2 {
			return
		}
		bound, weight := 1+int(program[0]&0x3f), int64(0)
		if program[0]&0x80 != 0 {
			bound, weight = 0, int64(bound)
		}
		r := newRig(t, bound, weight, hashes[int(program[1])%len(hashes)])
		const universe = 32
		for ops := program[2:]; len(ops) >= 2; ops = ops[2:] {
			key, size := int(ops[1])%universe, int64(ops[0]>>3)
			switch ops[0] & 7 {
			case 0, 1, 2:
				r.get(key)
			case 3, 4, 5:
				r.put(key, size)
			case 6:
				r.remove(key, size&1 == 0)
			default:
				if size == 31 {
					r.clear()
				}
			}
			r.check(universe)
		}
	})
}
