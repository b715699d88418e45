package s3fifo_test

import (
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

// keys checks that a cache tells different keys apart and finds equal ones.
func keys[K comparable](t *testing.T, distinct ...K) {
	t.Helper()
	c, err := s3fifo.New(s3fifo.Config[K, int]{MaxEntries: 100})
	if err != nil {
		t.Errorf("%T: %v", *new(K), err)
		return
	}
	for i, k := range distinct {
		if n := c.Get(c.Hash(&k), &k); n != nil {
			t.Errorf("%T: %v is there before it was put: %v", k, k, n.Key)
		}
		c.Put(c.Hash(&k), k, s3fifo.Item[int]{Value: i})
	}
	for i, k := range distinct {
		same := dirty(k)
		n := c.Get(c.Hash(&same), &same)
		if n != c.Lookup(&same) {
			t.Errorf("%T: Get and Lookup differ on %v", k, k)
		}
		if n == nil || n.Key != k || n.Value != i {
			t.Errorf("%T: Get(%v) = %+v", k, k, n)
			continue
		}
		if c.Delete(c.Hash(&same), &same) != n || c.Get(c.Hash(&k), &k) != nil {
			t.Errorf("%T: can't delete %v", k, k)
		}
	}
	if c.Len() != 0 {
		t.Errorf("%T: %d are left", *new(K), c.Len())
	}
}

// dirty returns an equal key with rubbish in its padding.
func dirty[K comparable](k K) K {
	out := new(K)
	raw := unsafe.Slice((*byte)(unsafe.Pointer(out)), unsafe.Sizeof(*out))
	for i := range raw {
		raw[i] = 0xa5
	}
	assign(out, k)
	return *out
}

//go:noinline
func assign[K any](to *K, k K) { *to = k }

type (
	name   string
	level  int8
	padded struct {
		A byte
		B int64
		C byte
		D string
	}
	blank struct {
		A int32
		_ int32
		B string
		_ [3]byte
	}
	nested struct {
		In   [2]padded
		Bits [3]bool
		Last [2][2]uint16
	}
	long struct{ Bytes [200]byte }
)

func TestKeyTypes(t *testing.T) {
	keys(t, "", "a", "b", strings.Repeat("a", 100), "a\x00")
	keys[name](t, "x", "y")
	keys(t, false, true)
	keys[int](t, 0, 1, -1, math.MaxInt, math.MinInt)
	keys[int8](t, 0, 1, -1, 127, -128)
	keys[int16](t, 0, 1, -1, 1<<14)
	keys[int32](t, 0, 1, -1, 1<<30)
	keys[int64](t, 0, 1, -1, 1<<62)
	keys[uint](t, 0, 1, math.MaxUint)
	keys[uint8](t, 0, 1, 255)
	keys[uint16](t, 0, 1, 1<<15)
	keys[uint32](t, 0, 1, 1<<31)
	keys[uint64](t, 0, 1, 1<<63)
	keys[level](t, -3, 3)
	keys(t, struct{}{})
	keys(t, [0]int{})
	keys(t, [2]int{1, 2}, [2]int{2, 1}, [2]int{})
	keys(t, [3]string{"a", "b"}, [3]string{"ab"}, [3]string{"", "a", "b"})
	keys(t, padded{}, padded{A: 1}, padded{B: 1}, padded{C: 1}, padded{D: "1"})
	keys(t, blank{}, blank{A: 1}, blank{B: "1"})
	keys(t, nested{}, nested{Bits: [3]bool{2: true}}, nested{In: [2]padded{1: {D: "x"}}}, nested{Last: [2][2]uint16{1: {1: 1}}})
	keys(t, long{}, long{Bytes: [200]byte{199: 1}})
	keys(t, struct {
		A string
		B int64
	}{"a", 1}, struct {
		A string
		B int64
	}{"a", 2})
}

// Equal strings at other addresses are equal keys.
func TestStringsAreComparedByContent(t *testing.T) {
	c, err := s3fifo.New(s3fifo.Config[string, int]{MaxEntries: 10})
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Clone("some key"), strings.Clone("some key")
	c.Put(c.Hash(&a), a, s3fifo.Item[int]{Value: 1})
	if n := c.Get(c.Hash(&b), &b); n == nil || n.Value != 1 {
		t.Errorf("Get = %+v", n)
	}
}
