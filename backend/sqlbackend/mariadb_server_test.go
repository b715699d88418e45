//go:build unix

package sqlbackend_test

import (
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// mariaDB is a server, for one test.
type mariaDB struct {
	*testserver.MariaDB
	tables atomic.Int64 // how many names of tables were given out
}

// open returns a pool of connections that the test closes, with parameters
// added to the data source.
func (s *mariaDB) open(t testing.TB, parameters string) *sql.DB {
	t.Helper()
	return s.openAt(t, s.with(parameters))
}

func (s *mariaDB) with(parameters string) string {
	if parameters == "" {
		return s.DSN
	}
	return s.DSN + "?" + parameters
}

func (s *mariaDB) openAt(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	return db
}

// table returns the options of a backend with tables of its own.
func (s *mariaDB) table() *sqlbackend.Options {
	return &sqlbackend.Options{Table: fmt.Sprintf("t%d", s.tables.Add(1))}
}

// conform runs the suite, each store by two pools as if by two processes.
func (s *mariaDB) conform(t *testing.T) {
	one, two := s.open(t, ""), s.open(t, "")
	options := map[backend.Backend]*sqlbackend.Options{}
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend {
			o := s.table()
			b := over(t, one, o)
			options[b] = o
			return b
		},
		Another:    func(t testing.TB, b backend.Backend) backend.Backend { return over(t, two, options[b]) },
		ClockError: clockError,
		Large:      100_000, // sending more takes longer than a clock may be off
		TooLarge:   1 << 30,
	})
}

// clocksApart goes through all that has to do with time, on a connection where
// the database's clock is minutes off the host's: nobody notices.
func (s *mariaDB) clocksApart(t *testing.T, db *sql.DB) {
	t.Helper()
	ctx := t.Context()
	b := over(t, db, s.table())
	now := time.Now()
	near := func(what string, got, want time.Time) {
		t.Helper()
		if got.Sub(want).Abs() > clockError {
			t.Errorf("%s is %v off", what, got.Sub(want))
		}
	}
	e := backend.Entry{Value: []byte("v"), Created: now.Add(-time.Hour), Expires: now.Add(time.Minute)}
	must(t, b.Set(ctx, "k", e))
	must(t, b.Set(ctx, "over", backend.Entry{Created: now.Add(-time.Hour), Expires: now.Add(-time.Minute)}))
	if n, err := b.Cleanup(ctx, ""); n != 1 || err != nil {
		t.Errorf("cleaned up %d, %v", n, err)
	}
	got, err := b.Get(ctx, "k")
	must(t, err)
	near("Created", got.Created, e.Created)
	near("Expires", got.Expires, e.Expires)
	many, err := b.GetMany(ctx, []string{"k"})
	must(t, err)
	near("Created of many", many["k"].Created, e.Created)
	for info, err := range b.List(ctx, "") {
		must(t, err)
		near("listed Expires", info.Expires, e.Expires)
	}
	l, err := b.Lock(ctx, "k", time.Minute)
	must(t, err)
	_, err = b.Lock(ctx, "k", time.Minute)
	held, ok := errors.AsType[*backend.HeldError](err)
	if !ok {
		t.Fatal(err)
	}
	near("Since", held.Holder.Since, now)
	near("the lease's Expires", held.Holder.Expires, now.Add(time.Minute))
	must(t, l.Commit(ctx, e))
	got, err = b.Get(ctx, "k")
	must(t, err)
	near("committed Created", got.Created, e.Created)
}
