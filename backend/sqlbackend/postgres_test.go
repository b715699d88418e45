//go:build unix

package sqlbackend_test

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// A time comes back as late as the answers took, on a busy machine.
const clockError = 500 * time.Millisecond

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	conform := func(name, parameters string, connections int, large int, o sqlbackend.Options) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.conform(t, backendtest.Harness{ClockError: clockError, Large: large, TooLarge: 1 << 30}, parameters, connections, o)
		})
	}
	conform("conformance", "", 20, 1<<20, sqlbackend.Options{})
	// Nothing that a connection remembers, as behind a pooler, and a database
	// whose clock isn't the host's.
	s.ahead(t, "1 hour")
	conform("unprepared an hour ahead", "&default_query_exec_mode=simple_protocol&search_path=ahead,pg_catalog", 20, 1<<16, sqlbackend.Options{Unprepared: true})
}

// ahead makes a schema in which the clock is ahead: who looks there first sees
// that one.
func (s *server) ahead(t testing.TB, by string) {
	t.Helper()
	s.exec(t, "CREATE SCHEMA ahead", "CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "+
		"$$SELECT pg_catalog.clock_timestamp() + interval '"+by+"'$$")
}

// Hosts whose clocks are five minutes off each way see the same ages: each times
// by the database's clock, which here is the one that is off.
func TestPostgreSQLClock(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	s.ahead(t, "5 minutes")
	b := over(t, s.open(t, "&search_path=ahead,pg_catalog", 5), nil)
	ctx, now := t.Context(), time.Now()
	e := backend.Entry{Created: now.Add(-time.Minute), Expires: now.Add(time.Minute)}
	must(t, b.Set(ctx, "k", e))
	near := func(what string, got, want time.Time) {
		t.Helper()
		if got.Sub(want).Abs() > clockError {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	got, err := b.Get(ctx, "k")
	must(t, err)
	near("created", got.Created, e.Created)
	near("expires", got.Expires, e.Expires)
	_, err = b.Lock(ctx, "k", time.Minute)
	must(t, err)
	_, err = b.Lock(ctx, "k", time.Minute)
	held, _ := err.(*backend.HeldError)
	if held == nil {
		t.Fatal(err)
	}
	near("the end of the lease", held.Holder.Expires, time.Now().Add(time.Minute))

	var created int64
	must(t, s.open(t, "", 1).QueryRow("SELECT created FROM ahead.cachier_entries").Scan(&created))
	near("what is stored", time.UnixMicro(created), e.Created.Add(5*time.Minute))
	if n, err := b.Cleanup(ctx, ""); n != 0 || err != nil {
		t.Errorf("Cleanup: %d, %v", n, err)
	}
}

// Many programs that start at once make the tables once.
func TestPostgreSQLTablesAtOnce(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	for range 5 {
		o := s.table()
		var group sync.WaitGroup
		var identities sync.Map
		for i := range 8 {
			db := s.open(t, "", 2)
			group.Go(func() {
				b, err := sqlbackend.New(db, o)
				if err == nil {
					err = b.Set(t.Context(), fmt.Sprint(i), backend.Entry{})
				}
				if err != nil {
					t.Error(err)
					return
				}
				identities.Store(b.Identity(), true)
			})
		}
		group.Wait()
		n := 0
		identities.Range(func(any, any) bool { n++; return true })
		if u, err := over(t, s.open(t, "", 1), o).Size(t.Context(), ""); n != 1 || u.Entries != 8 || err != nil {
			t.Errorf("%d identities, %+v, %v", n, u, err)
		}
	}
}

// Keys are compared byte by byte, whatever the database sorts by.
func TestPostgreSQLCollation(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	s.exec(t, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
	db, err := sql.Open(s.driver, "postgres://postgres@"+s.Addr+"/latin?sslmode=disable")
	must(t, err)
	defer func() { _ = db.Close() }()
	b := over(t, db, nil)
	for _, key := range []string{"a", "A", "ä", "語", "a ", "\U0010ffff"} {
		must(t, b.Set(t.Context(), key, backend.Entry{Value: []byte(key)}))
		if e, err := b.Get(t.Context(), key); err != nil || string(e.Value) != key {
			t.Errorf("%q became %q, %v", key, e.Value, err)
		}
	}
	if u, err := b.Size(t.Context(), "a"); u.Entries != 2 || err != nil {
		t.Errorf("%+v, %v", u, err)
	}
}

// Killed writers leave nothing over a server either, which rolls back what they
// had begun.
func TestKilledWritersOfPostgreSQL(t *testing.T) {
	s := startPostgres(t)
	nothingIn(t, killWriters(t, s.driver, s.URL), "cachier_entries")
}
