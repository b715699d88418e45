//go:build unix

package sqlbackend_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/beside"
)

const benchKey = "ns/5:users/v1/42"

// fixture is a store with a thousand entries, and the SELECT that reads one of
// them without this package.
type fixture struct {
	b     backend.Backend
	query *sql.Stmt
}

// place is where a fixture is made: a database, tables of its own in it, and
// what stands for an argument there.
type place struct {
	db    *sql.DB
	o     *sqlbackend.Options
	where string // a key is the argument
}

// eachDatabase runs a benchmark over every database; one server serves all of
// it.
func eachDatabase(b *testing.B, run func(b *testing.B, place func(tb testing.TB) place)) {
	b.Run("sqlite", func(b *testing.B) {
		run(b, func(tb testing.TB) place {
			return place{open(tb, "file:"+filepath.Join(tb.TempDir(), "cache.db")+recommended, 0), &sqlbackend.Options{Table: "entries"}, "key = ?"}
		})
	})
	b.Run("postgresql", func(b *testing.B) {
		s := startPostgres(b)
		run(b, func(tb testing.TB) place { return place{s.open(tb, "", 64), s.table(), "key = $1"} })
	})
	b.Run("mariadb", func(b *testing.B) {
		s := startMariaDB(b)
		run(b, func(tb testing.TB) place {
			db := s.open(tb, "")
			db.SetMaxOpenConns(64)
			db.SetMaxIdleConns(64)
			return place{db, s.table(), "`key` = ?"}
		})
	})
}

func (p place) fixture(tb testing.TB, size int) *fixture {
	tb.Helper()
	f := &fixture{b: over(tb, p.db, p.o)}
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
	f.query, err = p.db.Prepare(`SELECT created, expires, cost, meta, value FROM ` + p.o.Table + ` WHERE ` + p.where)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.query.Close() })
	return f
}

// scan reads the row as a program would that has only database/sql.
func (f *fixture) scan(ctx context.Context) error {
	var created, expires sql.NullInt64
	var cost int64
	var meta, value []byte
	return f.query.QueryRowContext(ctx, []byte(benchKey)).Scan(&created, &expires, &cost, &meta, &value)
}

func (f *fixture) get(ctx context.Context) error {
	_, err := f.b.Get(ctx, benchKey)
	return err
}

// eachSize runs a benchmark over every database and values of some sizes.
func eachSize(b *testing.B, run func(b *testing.B, f *fixture)) {
	eachDatabase(b, func(b *testing.B, place func(tb testing.TB) place) {
		for _, size := range []int{100, 10_000, 1_000_000} {
			b.Run(fmt.Sprint(size), func(b *testing.B) { run(b, place(b).fixture(b, size)) })
		}
	})
}

func BenchmarkGet(b *testing.B) {
	eachSize(b, func(b *testing.B, f *fixture) {
		b.ReportAllocs()
		for b.Loop() {
			must(b, f.get(b.Context()))
		}
	})
}

// The same row by a prepared SELECT and a Scan, which Get is compared with.
func BenchmarkSelect(b *testing.B) {
	eachSize(b, func(b *testing.B, f *fixture) {
		b.ReportAllocs()
		for b.Loop() {
			must(b, f.scan(b.Context()))
		}
	})
}

// get/select is at most 1.25.
func BenchmarkGetBesideSelect(b *testing.B) {
	eachSize(b, func(b *testing.B, f *fixture) { f.besideSelect(b, 1) })
}

// The same by 64 goroutines at once: the target is at most 1.11, which is 0.9 of
// the throughput.
func BenchmarkGetBesideSelectBy64(b *testing.B) {
	eachDatabase(b, func(b *testing.B, place func(tb testing.TB) place) { place(b).fixture(b, 1000).besideSelect(b, 64) })
}

func (f *fixture) besideSelect(b *testing.B, callers int) {
	beside.Ratio(b, "get/select", callers, func(int) error { return f.get(b.Context()) }, func(int) error { return f.scan(b.Context()) })
}

func BenchmarkSet(b *testing.B) {
	eachDatabase(b, func(b *testing.B, place func(tb testing.TB) place) {
		f := place(b).fixture(b, 100)
		e := backend.Entry{Value: make([]byte, 100), Created: time.Now()}
		b.ReportAllocs()
		for b.Loop() {
			if err := f.b.Set(b.Context(), benchKey, e); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLockCommit(b *testing.B) {
	eachDatabase(b, func(b *testing.B, place func(tb testing.TB) place) {
		f := place(b).fixture(b, 100)
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
	})
}
