package sqlbackend_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
)

const benchKey = "ns/5:users/v1/42"

// fixture is a store with a thousand entries, and the SELECT that reads one of
// them without this package.
type fixture struct {
	b     backend.Backend
	query *sql.Stmt
}

func newFixture(tb testing.TB, size int) *fixture {
	tb.Helper()
	db := open(tb, "file:"+filepath.Join(tb.TempDir(), "cache.db")+recommended, 0)
	f := &fixture{b: over(tb, db, nil)}
	now := time.Now()
	e := backend.Entry{
		Value: bytes.Repeat([]byte("v"), size), Meta: bytes.Repeat([]byte("m"), 60),
		Created: now, Expires: now.Add(time.Hour), Cost: time.Millisecond,
	}
	for i := range 1000 {
		if err := f.b.Set(tb.Context(), fmt.Sprint("ns/5:users/v1/", i), e); err != nil {
			tb.Fatal(err)
		}
	}
	var err error
	f.query, err = db.Prepare(`SELECT created, expires, cost, meta, value FROM cachier_entries WHERE key = ?`)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.query.Close() })
	return f
}

// scan reads the row as a program would that has only database/sql.
func (f *fixture) scan(tb testing.TB) {
	var created, expires sql.NullInt64
	var cost int64
	var meta, value []byte
	if err := f.query.QueryRowContext(tb.Context(), []byte(benchKey)).Scan(&created, &expires, &cost, &meta, &value); err != nil {
		tb.Fatal(err)
	}
}

func (f *fixture) get(tb testing.TB) {
	if _, err := f.b.Get(tb.Context(), benchKey); err != nil {
		tb.Fatal(err)
	}
}

var sizes = []int{100, 10_000, 1_000_000}

func BenchmarkGet(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			b.ReportAllocs()
			for b.Loop() {
				f.get(b)
			}
		})
	}
}

// The same row by a prepared SELECT and a Scan, which Get is compared with.
func BenchmarkSelect(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			b.ReportAllocs()
			for b.Loop() {
				f.scan(b)
			}
		})
	}
}

// Get and SELECT in turns, 31 rounds of each; get/select is the median of the
// rounds' ratios, and the target is at most 1.25.
func BenchmarkGetBesideSelect(b *testing.B) {
	const rounds = 31
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFixture(b, size)
			n := max(b.N/rounds, 1)
			spend := func(call func(testing.TB)) time.Duration {
				start := time.Now()
				for range n {
					call(b)
				}
				return time.Since(start)
			}
			spend(f.get)
			spend(f.scan)
			var ratios []float64
			b.ResetTimer()
			for r := range rounds {
				var get, scan time.Duration
				if r%2 == 0 {
					get, scan = spend(f.get), spend(f.scan)
				} else {
					scan, get = spend(f.scan), spend(f.get)
				}
				ratios = append(ratios, float64(get)/float64(scan))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[rounds/2], "get/select")
			b.ReportMetric(ratios[rounds/10], "get/select-p10")
			b.ReportMetric(ratios[rounds-1-rounds/10], "get/select-p90")
		})
	}
}

func BenchmarkSet(b *testing.B) {
	f := newFixture(b, 100)
	e := backend.Entry{Value: make([]byte, 100), Created: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		if err := f.b.Set(b.Context(), benchKey, e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLockCommit(b *testing.B) {
	f := newFixture(b, 100)
	e := backend.Entry{Value: make([]byte, 100), Created: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		l, err := backend.Lock(b.Context(), f.b, benchKey, time.Minute)
		if err == nil {
			err = l.Commit(b.Context(), e)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
