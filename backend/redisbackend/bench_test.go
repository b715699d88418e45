package redisbackend_test

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/beside"
	"github.com/cachier-go/cachier/internal/testserver"
)

const benchKey = "ns/5:users/v1/42"

// fixture is a store with a thousand entries, and a string as long as one of
// them that a program without this package may have put there.
type fixture struct {
	b      backend.Backend
	client *redis.Client
	ctx    context.Context
}

func newFixture(tb testing.TB, size int) *fixture {
	tb.Helper()
	client := redis.NewClient(&redis.Options{Addr: testserver.StartRedis(tb).Addr, PoolSize: 64})
	tb.Cleanup(func() { _ = client.Close() })
	ctx, cancel := context.WithTimeout(tb.Context(), time.Hour) // as every call of a Func has
	tb.Cleanup(cancel)
	f := &fixture{over(tb, client, nil), client, ctx}
	now := time.Now()
	e := backend.Entry{
		Value: bytes.Repeat([]byte("v"), size), Meta: bytes.Repeat([]byte("m"), 60),
		Created: now, Expires: now.Add(time.Hour), Cost: time.Millisecond,
	}
	for i := range 1000 {
		must(tb, f.b.Set(ctx, fmt.Sprint("ns/5:users/v1/", i), e))
	}
	must(tb, client.Set(ctx, "raw", e.Value, time.Hour).Err())
	return f
}

func (f *fixture) raw() error { _, err := f.client.Get(f.ctx, "raw").Bytes(); return err }

func (f *fixture) get() error { _, err := f.b.Get(f.ctx, benchKey); return err }

var sizes = []int{100, 10_000, 1_000_000}

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

// A bare GET by the client, which Get is compared with.
func BenchmarkRaw(b *testing.B) { each(b, (*fixture).raw) }

// get/raw is at most 1.15.
func BenchmarkGetBesideRaw(b *testing.B) { besideRaw(b, 1) }

// The same by 64 goroutines at once: get/raw is 1 over the throughput.
func BenchmarkGetBesideRawInParallel(b *testing.B) { besideRaw(b, 64) }

func besideRaw(b *testing.B, callers int) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			beside.Ratio(b, "get/raw", callers, func(int) error { return f.get() }, func(int) error { return f.raw() })
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

// What an entry takes of the server's memory beside a bare SET of its value with
// the same expiry, under keys of the same length.
func BenchmarkMemory(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			n := max(200, 1_000_000/size)
			used := func() int {
				for line := range strings.Lines(f.client.Info(f.ctx, "memory").Val()) {
					if text, ok := strings.CutPrefix(line, "used_memory:"); ok {
						bytes, err := strconv.Atoi(strings.TrimSpace(text))
						must(b, err)
						return bytes
					}
				}
				b.Fatal("Redis doesn't say what it uses")
				return 0
			}
			value := make([]byte, size)
			for b.Loop() {
				must(b, f.client.FlushAll(f.ctx).Err())
				empty := used()
				for i := range n {
					must(b, f.client.Set(f.ctx, fmt.Sprintf("cachier:ns/5:users/v1/%d", i), value, time.Hour).Err())
				}
				bare := used() - empty
				must(b, f.client.FlushAll(f.ctx).Err())
				empty = used()
				for i := range n {
					must(b, f.b.Set(f.ctx, fmt.Sprintf("ns/5:users/v1/%d", i), backend.Entry{Value: value, Expires: time.Now().Add(time.Hour)}))
				}
				b.ReportMetric(float64(used()-empty-bare)/float64(n), "bytes-more")
				b.ReportMetric(float64(bare)/float64(n), "bytes-bare")
			}
		})
	}
}
