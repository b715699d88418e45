package mongobackend_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/beside"
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

// get/raw is at most 1.15.
func BenchmarkGetBesideRaw(b *testing.B) { besideRaw(b, 1) }

// The same by 16 goroutines at once: get/raw is 1 over the throughput.
func BenchmarkGetBesideRawInParallel(b *testing.B) { besideRaw(b, 16) }

func besideRaw(b *testing.B, callers int) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			beside.Ratio(b, "get/raw", callers, func(int) error { return f.get() }, func(int) error { return f.find() })
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
