package integration_test

import (
	"database/sql"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/testserver"

	_ "github.com/jackc/pgx/v5/stdlib"
)

func TestMain(m *testing.M) {
	_ = mysql.SetLogger(&mysql.NopLogger{}) // it tells of every connection that an outage breaks
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

var addresses sync.Mutex // protects the environment

// addressOf returns that of a server that the tests, and their child processes,
// use: it is in the environment. Where it isn't, the first test that asks starts
// the server.
func addressOf(t testing.TB, variable string, start func(t testing.TB) string) string {
	t.Helper()
	addresses.Lock()
	defer addresses.Unlock()
	address := os.Getenv(variable)
	if address == "" {
		address = start(starter{t})
		if err := os.Setenv(variable, address); err != nil {
			t.Fatal(err)
		}
	}
	return address
}

func postgresURL(t testing.TB) string {
	t.Helper()
	return addressOf(t, "CACHIER_TEST_POSTGRES", func(t testing.TB) string { return testserver.StartPostgres(t).URL })
}

func mariaDSN(t testing.TB) string {
	t.Helper()
	return addressOf(t, "CACHIER_TEST_MARIADB", func(t testing.TB) string { return testserver.StartMariaDB(t).DSN })
}

// openPostgres and openMariaDB open the tables that belong to a directory.
func openPostgres(t testing.TB, dir string) backend.Locker {
	t.Helper()
	return overServer(t, openServer(t, "pgx", postgresURL(t)), tableOf(dir))
}

func openMariaDB(t testing.TB, dir string) backend.Locker {
	t.Helper()
	return overServer(t, openServer(t, "mysql", mariaDSN(t)), tableOf(dir))
}

// tableOf names the tables that belong to a directory.
func tableOf(dir string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(dir)) // never an error
	return fmt.Sprintf("t%x", h.Sum64())
}

func openServer(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	return db
}

func overServer(t testing.TB, db *sql.DB, table string) backend.Locker {
	t.Helper()
	b, err := sqlbackend.New(db, &sqlbackend.Options{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// daemon is a server that things happen to.
type daemon interface {
	Stop()
	Kill()
	Restart(t testing.TB)
	Freeze(t testing.TB)
	Thaw(t testing.TB)
}

// serverOutages are those of a server under a store, each of one of its own.
func serverOutages(t *testing.T, store string) map[string]func() (backend.Locker, outage) {
	start, ok := map[string]func() (backend.Locker, daemon){
		"postgres": func() (backend.Locker, daemon) {
			p := testserver.StartPostgres(t)
			return overServer(t, openServer(t, "pgx", p.URL), ""), p
		},
		"mariadb": func() (backend.Locker, daemon) {
			m := testserver.StartMariaDB(t)
			return overServer(t, openServer(t, "mysql", m.DSN), ""), m
		},
	}[store]
	if !ok {
		return nil
	}
	with := func(begin, end func(p daemon)) func() (backend.Locker, outage) {
		return func() (backend.Locker, outage) {
			b, p := start()
			return b, outage{begin: func() { begin(p) }, end: func() { end(p) }, reads: true, errors: true}
		}
	}
	restart := func(p daemon) { p.Restart(t) }
	return map[string]func() (backend.Locker, outage){
		"stopped":       with(daemon.Stop, restart),
		"killed":        with(daemon.Kill, restart),
		"really frozen": with(func(p daemon) { p.Freeze(t) }, func(p daemon) { p.Thaw(t) }),
	}
}
