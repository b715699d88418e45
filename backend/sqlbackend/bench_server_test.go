package sqlbackend_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// rival is a store in a server, and the SELECT that reads an entry of it without
// this package.
type rival struct {
	b     *sqlbackend.Backend
	query *sql.Stmt
}

func newRival(b *testing.B, s *server, text string) *rival {
	b.Helper()
	db := s.open(b, "")
	db.SetMaxOpenConns(64)
	db.SetMaxIdleConns(64)
	r := &rival{b: over(b, db, nil)}
	now := time.Now()
	must(b, r.b.Set(b.Context(), benchKey, backend.Entry{
		Value: bytes.Repeat([]byte("v"), 1000), Meta: bytes.Repeat([]byte("m"), 60),
		Created: now, Expires: now.Add(time.Hour), Cost: time.Millisecond,
	}))
	var err error
	r.query, err = db.Prepare(text)
	must(b, err)
	b.Cleanup(func() { _ = r.query.Close() })
	return r
}

func (r *rival) get(tb testing.TB) {
	if _, err := r.b.Get(tb.Context(), benchKey); err != nil {
		tb.Error(err)
	}
}

func (r *rival) scan(tb testing.TB) {
	var created, expires sql.NullInt64
	var cost int64
	var meta, value []byte
	if err := r.query.QueryRowContext(tb.Context(), []byte(benchKey)).Scan(&created, &expires, &cost, &meta, &value); err != nil {
		tb.Error(err)
	}
}

// beside runs both in turns, on one goroutine and on 64, and reports the median
// of the rounds' ratios: the time that Get takes of what the SELECT takes.
func (r *rival) beside(b *testing.B) {
	const rounds = 31
	for _, goroutines := range []int{1, 64} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			n := max(b.N/rounds/goroutines, 1)
			spend := func(call func(testing.TB)) time.Duration {
				start := time.Now()
				var all sync.WaitGroup
				for range goroutines {
					all.Go(func() {
						for range n {
							call(b)
						}
					})
				}
				all.Wait()
				return time.Since(start)
			}
			spend(r.get)
			spend(r.scan)
			var ratios []float64
			b.ResetTimer()
			for i := range rounds {
				var get, scan time.Duration
				if i%2 == 0 {
					get, scan = spend(r.get), spend(r.scan)
				} else {
					scan, get = spend(r.scan), spend(r.get)
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

// changes times what a computation costs: to store, and to take the lease and
// commit.
func (r *rival) changes(b *testing.B) {
	e := backend.Entry{Value: make([]byte, 1000), Created: time.Now()}
	b.Run("set", func(b *testing.B) {
		for b.Loop() {
			must(b, r.b.Set(b.Context(), benchKey, e))
		}
	})
	b.Run("lock and commit", func(b *testing.B) {
		for b.Loop() {
			l, err := r.b.Lock(b.Context(), benchKey, time.Minute)
			must(b, err)
			must(b, l.Commit(b.Context(), e))
		}
	})
}

func BenchmarkPostgreSQL(b *testing.B) {
	r := newRival(b, startPostgres(b), `SELECT created, expires, cost, meta, value FROM cachier_entries WHERE key = $1`)
	b.Run("get beside select", r.beside)
	b.Run("changes", r.changes)
}

func BenchmarkMariaDB(b *testing.B) {
	r := newRival(b, startMariaDB(b), "SELECT created, expires, cost, meta, value FROM cachier_entries WHERE `key` = ?")
	b.Run("get beside select", r.beside)
	b.Run("changes", r.changes)
}
