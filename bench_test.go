package cachier_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
)

// BenchmarkHit is a hit in memory: of a key that is looked up by its text, as an
// integer, and as a struct; with metrics and without, with a TTL and without,
// from one goroutine and from all processors.
func BenchmarkHit(b *testing.B) {
	b.Run("string", func(b *testing.B) { hits(b, text) })
	b.Run("int", func(b *testing.B) { hits(b, func(i int) int { return i }) })
	b.Run("struct", func(b *testing.B) { hits(b, func(i int) compound { return compound{text(i), int64(i)} }) })
	b.Run("encoded", func(b *testing.B) { hits(b, func(i int) []int { return []int{i, i} }) })
}

func text(i int) string { return fmt.Sprintf("user:profile:%07d", i) }

const benchmarkKeys = 1 << 13

func hits[K any](b *testing.B, key func(int) K) {
	ttl := cachier.WithTTL(time.Hour)
	for _, c := range []struct {
		name string
		opts []cachier.Option
	}{
		{"on/ttl", []cachier.Option{ttl}},
		{"on", nil},
		{"off/ttl", []cachier.Option{ttl, cachier.WithoutMetrics()}},
		{"off", []cachier.Option{cachier.WithoutMetrics()}},
	} {
		b.Run(c.name, func(b *testing.B) {
			f, keys := filled(b, key, c.opts)
			ctx := context.Background()
			b.Run("one", func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					_, _ = f.Call(ctx, keys[i&(benchmarkKeys-1)])
					i += 31
				}
			})
			b.Run("parallel", func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					i := 0
					for pb.Next() {
						_, _ = f.Call(ctx, keys[i&(benchmarkKeys-1)])
						i += 31
					}
				})
			})
		})
	}
}

// filled returns a Func that has the values of some keys.
func filled[K any](b *testing.B, key func(int) K, opts []cachier.Option) (*cachier.Func[K, *int], []K) {
	v := new(int)
	f := newFunc(b, func(context.Context, K) (*int, error) { return v, nil }, append(opts, cachier.WithMaxEntries(2*benchmarkKeys))...)
	keys := make([]K, benchmarkKeys)
	for i := range keys {
		keys[i] = key(i)
		if _, err := f.Call(context.Background(), keys[i]); err != nil {
			b.Fatal(err)
		}
	}
	return f, keys
}

func BenchmarkHitWithMaxAge(b *testing.B) {
	f, keys := filled(b, text, []cachier.Option{cachier.WithTTL(time.Hour)})
	ctx := context.Background()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, _ = f.Call(ctx, keys[i&(benchmarkKeys-1)], cachier.MaxAge(time.Minute))
		i += 31
	}
}

// BenchmarkMiss is a call that computes and makes room, in the caller's goroutine
// and, where its context can end, in another one; and in the goroutines of all
// processors.
func BenchmarkMiss(b *testing.B) {
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancelable": b.Context()} {
		b.Run(name, func(b *testing.B) {
			f := newFunc(b, func(_ context.Context, key int) (int, error) { return key, nil }, cachier.WithMaxEntries(1000))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				_, _ = f.Call(ctx, i)
				i++
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		f := newFunc(b, func(_ context.Context, key int) (int, error) { return key, nil }, cachier.WithMaxEntries(1000))
		ctx := context.Background()
		b.ReportAllocs()
		var goroutines atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for i := int(goroutines.Add(1) << 40); pb.Next(); i++ {
				_, _ = f.Call(ctx, i)
			}
		})
	})
}
