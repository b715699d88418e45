package mongobackend_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
)

const benchKey = "ns/5:users/v1/42"

// fixture is a store with a hundred entries, and a document with the same in it
// that a program without this package may have put there.
type fixture struct {
	b   backend.Backend
	raw *mongo.Collection
	ctx context.Context
}

// own is a document as such a program may have it.
type own struct {
	ID      string    `bson:"_id"`
	Value   []byte    `bson:"value"`
	Meta    []byte    `bson:"meta"`
	Created time.Time `bson:"created"`
	Expires time.Time `bson:"expires"`
	Cost    int64     `bson:"cost"`
}

func newFixture(tb testing.TB, size int) *fixture {
	tb.Helper()
	client := connect(tb, serverURL(tb))
	ctx, cancel := context.WithTimeout(tb.Context(), time.Hour) // as every call of a Func has
	tb.Cleanup(cancel)
	f := &fixture{over(tb, collection(tb, client)), collection(tb, client), ctx}
	now := time.Now()
	e := backend.Entry{
		Value: bytes.Repeat([]byte("v"), size), Meta: bytes.Repeat([]byte("m"), 60),
		Created: now, Expires: now.Add(time.Hour), Cost: time.Millisecond,
	}
	for i := range 100 {
		must(tb, f.b.Set(ctx, fmt.Sprint("ns/5:users/v1/", i), e))
		_, err := f.raw.InsertOne(ctx, own{fmt.Sprint("ns/5:users/v1/", i), e.Value, e.Meta, e.Created, e.Expires, 1})
		must(tb, err)
	}
	return f
}

func (f *fixture) get() error { _, err := f.b.Get(f.ctx, benchKey); return err }

func (f *fixture) find() error {
	var d own
	return f.raw.FindOne(f.ctx, bson.D{{Key: "_id", Value: benchKey}}).Decode(&d)
}

var sizes = []int{100, 10_000, 100_000} // the test server takes a tenth of a second for a megabyte

func each(b *testing.B, call func(f *fixture) error) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			b.ReportAllocs()
			for b.Loop() {
				must(b, call(f))
			}
		})
	}
}

func BenchmarkGet(b *testing.B) { each(b, (*fixture).get) }

// A bare FindOne and decoding, which Get is compared with.
func BenchmarkRaw(b *testing.B) { each(b, (*fixture).find) }

// beside does the one and the other in turns, 31 rounds of each, and reports the
// median of the rounds' ratios of time.
func beside(b *testing.B, name string, one, other func() error, spend func(n int, call func() error) time.Duration) {
	const rounds = 31
	n := max(b.N/rounds, 1)
	spend(n, one)
	spend(n, other)
	var ratios []float64
	b.ResetTimer()
	for r := range rounds {
		var x, y time.Duration
		if r%2 == 0 {
			x, y = spend(n, one), spend(n, other)
		} else {
			y, x = spend(n, other), spend(n, one)
		}
		ratios = append(ratios, float64(x)/float64(y))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[rounds/2], name)
	b.ReportMetric(ratios[rounds/10], name+"-p10")
	b.ReportMetric(ratios[rounds-1-rounds/10], name+"-p90")
}

// get/raw is at most 1.15.
func BenchmarkGetBesideRaw(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			beside(b, "get/raw", f.get, f.find, func(n int, call func() error) time.Duration {
				start := time.Now()
				for range n {
					must(b, call())
				}
				return time.Since(start)
			})
		})
	}
}

// The same by 16 goroutines at once: get/raw is 1 over the throughput.
func BenchmarkGetBesideRawInParallel(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			beside(b, "get/raw", f.get, f.find, func(n int, call func() error) time.Duration {
				start := time.Now()
				var all sync.WaitGroup
				for range 16 {
					all.Go(func() {
						for range max(n/16, 1) {
							if err := call(); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				return time.Since(start)
			})
		})
	}
}

func BenchmarkSet(b *testing.B) {
	each(b, func(f *fixture) error {
		return f.b.Set(f.ctx, benchKey, backend.Entry{Value: make([]byte, 100), Created: time.Now()})
	})
}

func BenchmarkLockCommit(b *testing.B) {
	each(b, func(f *fixture) error {
		l, err := backend.Lock(f.ctx, f.b, benchKey, time.Minute)
		if err != nil {
			return err
		}
		return l.Commit(f.ctx, backend.Entry{Value: make([]byte, 100), Created: time.Now()})
	})
}
