package benchmarks_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
)

const (
	resident = 10_000
	capacity = 11_000
	stream   = 1 << 17
)

// BenchmarkHit looks up keys that are there, on one goroutine. For figures to compare use cmd/bench-peers, which takes
// them in one run; this is for profiles and quick looks.
func BenchmarkHit(b *testing.B) {
	b.Run("string", func(b *testing.B) { hits(b, load.Strings(resident)) })
	b.Run("int", func(b *testing.B) { hits(b, load.Ints(resident)) })
	b.Run("struct", func(b *testing.B) { hits(b, load.Pairs(resident)) })
}

// BenchmarkHitParallel is the same on as many goroutines as there are processors.
func BenchmarkHitParallel(b *testing.B) {
	b.Run("string", func(b *testing.B) { hitsParallel(b, load.Strings(resident)) })
	b.Run("int", func(b *testing.B) { hitsParallel(b, load.Ints(resident)) })
}

func eachFilled[K comparable](b *testing.B, keys []K, bench func(*testing.B, peer.Cache[K, uint64])) {
	for _, p := range peer.All[K, uint64]() {
		b.Run(p.Name, func(b *testing.B) {
			c, err := p.Open(peer.Config[K, uint64]{Capacity: capacity, TTL: time.Hour})
			if errors.Is(err, peer.ErrKeyKind) {
				b.Skip(err)
			}
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			for i, k := range keys {
				c.Set(k, uint64(i))
				if i%256 == 0 {
					c.Settle()
				}
			}
			c.Settle()
			b.ReportAllocs()
			b.ResetTimer()
			bench(b, c)
		})
	}
}

func hits[K comparable](b *testing.B, keys []K) {
	looked := load.Stream(1, keys, stream)
	eachFilled(b, keys, func(b *testing.B, c peer.Cache[K, uint64]) {
		for left := b.N; left > 0; left -= stream {
			c.Hits(looked[:min(left, stream)])
		}
	})
}

func hitsParallel[K comparable](b *testing.B, keys []K) {
	var seed atomic.Uint64
	streams := make([][]K, 64)
	for i := range streams {
		streams[i] = load.Stream(uint64(i), keys, stream/8)
	}
	eachFilled(b, keys, func(b *testing.B, c peer.Cache[K, uint64]) {
		b.RunParallel(func(pb *testing.PB) {
			looked, at := streams[seed.Add(1)%uint64(len(streams))], 0
			// RunParallel counts single operations; sixteen at a time keep its own cost out of the figure.
			for pb.Next() {
				if at++; at%16 == 0 {
					from := at % (len(looked) - 16)
					c.Hits(looked[from : from+16])
				}
			}
		})
	})
}

// BenchmarkMiss calls keys that were never seen, on a full cache: each computes, inserts and evicts.
func BenchmarkMiss(b *testing.B) {
	keys := load.Strings(20 * capacity)
	for _, name := range []string{peer.Cachier, peer.CachierOff, peer.OtterOn, peer.OtterOff, peer.Sturdyc} {
		b.Run(name, func(b *testing.B) {
			c, err := peer.Open(name, peer.Config[string, uint64]{
				Capacity: capacity, TTL: time.Hour,
				Load: func(context.Context, string) (uint64, error) { return 1, nil },
			})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			l := c.(peer.Loader[string, uint64])
			b.ReportAllocs()
			for i := range b.N {
				if _, err := l.Load(b.Context(), keys[i%len(keys)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
