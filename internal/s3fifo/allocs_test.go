//go:build !race

package s3fifo_test

import (
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

func allocs[K comparable](t *testing.T, key, absent K) {
	t.Helper()
	c, err := s3fifo.New(s3fifo.Config[K, *int]{MaxEntries: 10})
	if err != nil {
		t.Fatal(err)
	}
	c.Put(c.Hash(&key), key, s3fifo.Item[*int]{Value: new(int)})
	got := testing.AllocsPerRun(100, func() {
		k, no := key, absent // must not escape
		if n := c.Lookup(&k); n == nil {
			t.Error("no hit")
		} else {
			n.Mark()
		}
		if c.Get(c.Hash(&no), &no) != nil {
			t.Error("no miss")
		}
	})
	if got != 0 {
		t.Errorf("%T: a look-up allocates %v times", key, got)
	}
}

func TestLookupsDontAllocate(t *testing.T) {
	allocs(t, "some longer key", "another one")
	allocs(t, 1, 2)
	allocs[uint8](t, 1, 2)
	allocs(t, true, false)
	allocs(t, padded{B: 1}, padded{B: 2})
	allocs(t, nested{Bits: [3]bool{true}}, nested{})
	allocs(t, long{}, long{Bytes: [200]byte{1}})
}
