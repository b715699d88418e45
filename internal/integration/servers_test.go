package integration_test

import (
	"database/sql"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/testserver"

	_ "github.com/jackc/pgx/v5/stdlib"
)

func TestMain(m *testing.M) {
	code := m.Run()
	lasting.end()
	os.Exit(code)
}

// lasting is what the servers have left to do that all tests of the binary use.
var lasting endings

type endings struct {
	mu  sync.Mutex // protects all
	all []func()
}

func (e *endings) add(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, f)
}

func (e *endings) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, f := range slices.Backward(e.all) {
		f()
	}
}

// starter is the first test that needs a server, which outlives it.
type starter struct{ testing.TB }

func (starter) Cleanup(f func()) { lasting.add(f) }
func (starter) Failed() bool     { return false } // by the end it may say nothing any more

func (s starter) TempDir() string {
	dir, err := os.MkdirTemp("", "cachier-")
	if err != nil {
		s.Fatal(err)
	}
	lasting.add(func() { _ = os.RemoveAll(dir) })
	return dir
}

// postgresVariable holds the URL of the PostgreSQL server that the tests, and
// their child processes, use; where it isn't set the first of them starts one.
const postgresVariable = "CACHIER_TEST_POSTGRES"

var startPostgres sync.Mutex

func postgresURL(t testing.TB) string {
	t.Helper()
	startPostgres.Lock()
	defer startPostgres.Unlock()
	url := os.Getenv(postgresVariable)
	if url == "" {
		url = testserver.StartPostgres(starter{t}).URL
		if err := os.Setenv(postgresVariable, url); err != nil {
			t.Fatal(err)
		}
	}
	return url
}

// openPostgres opens the tables that belong to a directory.
func openPostgres(t testing.TB, dir string) backend.Locker {
	t.Helper()
	return overPostgres(t, openPostgresAt(t, postgresURL(t)), tableOf(dir))
}

// tableOf names the tables that belong to a directory.
func tableOf(dir string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(dir)) // never an error
	return fmt.Sprintf("t%x", h.Sum64())
}

func openPostgresAt(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	return db
}

func overPostgres(t testing.TB, db *sql.DB, table string) backend.Locker {
	t.Helper()
	b, err := sqlbackend.New(db, &sqlbackend.Options{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// serverOutages are those of a server under a store, each of one of its own.
func serverOutages(t *testing.T, store string) map[string]func() (backend.Locker, outage) {
	if store != "postgres" {
		return nil
	}
	with := func(happens func(p *testserver.Postgres) outage) func() (backend.Locker, outage) {
		return func() (backend.Locker, outage) {
			p := testserver.StartPostgres(t)
			return overPostgres(t, openPostgresAt(t, p.URL), ""), happens(p)
		}
	}
	return map[string]func() (backend.Locker, outage){
		"stopped": with(func(p *testserver.Postgres) outage {
			return outage{begin: func() { p.Stop() }, end: func() { p.Restart(t) }, reads: true, errors: true}
		}),
		"killed": with(func(p *testserver.Postgres) outage {
			return outage{begin: func() { p.Kill() }, end: func() { p.Restart(t) }, reads: true, errors: true}
		}),
		"really frozen": with(func(p *testserver.Postgres) outage {
			return outage{begin: func() { p.Freeze(t) }, end: func() { p.Thaw(t) }, reads: true, errors: true}
		}),
	}
}
