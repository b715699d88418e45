package s3fifo_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

type compound struct {
	Name string
	ID   int64
}

func text(i int) string   { return fmt.Sprintf("user:profile:%07d", i) }
func number(i int) int    { return i }
func both(i int) compound { return compound{text(i), int64(i)} }
func zipf(n int) []int {
	return draw(n, rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, uint64(n-1)).Uint64)
}

func draw(n int, next func() uint64) []int {
	all := make([]int, 1<<16)
	for i := range all {
		all[i] = int(next()) % n
	}
	return all
}

func filled[K any](b *testing.B, bound, n int, key func(int) K) (*s3fifo.Cache[K, *int], []K) {
	c, err := s3fifo.New(s3fifo.Config[K, *int]{MaxEntries: bound})
	if err != nil {
		b.Fatal(err)
	}
	keys, v := make([]K, n), new(int)
	for i := range keys {
		keys[i] = key(i)
		c.Put(c.Hash(&keys[i]), keys[i], s3fifo.Item[*int]{Value: v})
	}
	return c, keys
}

func hits[K any](b *testing.B, key func(int) K) {
	const n = 10_000
	c, keys := filled(b, n+n/10, n, key)
	order := zipf(n)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := rand.IntN(len(order)); pb.Next(); i++ {
			k := &keys[order[i&(len(order)-1)]]
			n := c.Lookup(k)
			if n == nil {
				b.Error("no hit")
				return
			}
			n.Mark()
		}
	})
}

func BenchmarkHit(b *testing.B) {
	b.Run("string", func(b *testing.B) { hits(b, text) })
	b.Run("int", func(b *testing.B) { hits(b, number) })
	b.Run("struct", func(b *testing.B) { hits(b, both) })
}

// BenchmarkInsert fills a cache from empty, growth included.
func BenchmarkInsert(b *testing.B) {
	const n = 100_000
	v := new(int)
	b.ReportAllocs()
	for i := 0; b.Loop(); i += n {
		c, err := s3fifo.New(s3fifo.Config[int, *int]{MaxEntries: n})
		if err != nil {
			b.Fatal(err)
		}
		for k := range n {
			c.Put(c.Hash(&k), k, s3fifo.Item[*int]{Value: v})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/insert")
}

// BenchmarkChurn inserts into a full cache: every insertion evicts.
func BenchmarkChurn(b *testing.B) {
	const n = 10_000
	c, _ := filled(b, n, n, number)
	v := new(int)
	b.ReportAllocs()
	for k := n; b.Loop(); k++ {
		c.Put(c.Hash(&k), k, s3fifo.Item[*int]{Value: v})
	}
}

// BenchmarkMemory reports the bytes of an entry beyond what its key and its
// value point to: its node, its share of the table and, where evictions have
// begun, of the ghost queue.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("string/%d", n), func(b *testing.B) { memory(b, n, text) })
		b.Run(fmt.Sprintf("int/%d", n), func(b *testing.B) { memory(b, n, number) })
	}
}

func memory[K any](b *testing.B, n int, key func(int) K) {
	keys := make([]K, 2*n)
	for i := range keys {
		keys[i] = key(i)
	}
	per := func(bound, count int) float64 {
		v, before := new(int), heap()
		c, err := s3fifo.New(s3fifo.Config[K, *int]{MaxEntries: bound})
		if err != nil {
			b.Fatal(err)
		}
		for i := range keys[:count] {
			c.Put(c.Hash(&keys[i]), keys[i], s3fifo.Item[*int]{Value: v})
		}
		used := heap() - before
		entries := float64(c.Len())
		runtime.KeepAlive(keys)
		return float64(used) / entries
	}
	for b.Loop() {
		b.ReportMetric(per(n, n), "B/full")
		b.ReportMetric(per(2*n, n), "B/half-full")
		b.ReportMetric(per(n, 2*n), "B/evicting")
		b.ReportMetric(0, "ns/op")
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
