//go:build unix

package sqlbackend_test

import (
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/testserver"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// server is a database that answers over the network, for one test.
type server struct {
	*testserver.Postgres
	driver string
	tables atomic.Int64 // how many names of tables were given out
}

func startPostgres(t testing.TB, args ...string) *server {
	t.Helper()
	p := testserver.StartPostgres(t, args...)
	return &server{Postgres: p, driver: "pgx"}
}

// open returns a pool of at most that many connections, 0 is no limit, which the
// test closes.
func (s *server) open(t testing.TB, parameters string, connections int) *sql.DB {
	t.Helper()
	db, err := sql.Open(s.driver, s.URL+parameters)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(max(connections, 20)) // or those above would be made and dropped all the time
	return db
}

// exec runs statements by whoever may do everything.
func (s *server) exec(t testing.TB, texts ...string) {
	t.Helper()
	db := s.open(t, "", 1)
	defer func() { _ = db.Close() }()
	for _, text := range texts {
		_, err := db.Exec(text)
		must(t, err)
	}
}

// table returns the options of a backend with tables of its own.
func (s *server) table() *sqlbackend.Options {
	return &sqlbackend.Options{Table: fmt.Sprintf("t%d", s.tables.Add(1))}
}

// conform runs the suite, each store by two pools as if by two processes.
func (s *server) conform(t *testing.T, h backendtest.Harness, parameters string, connections int, with sqlbackend.Options) {
	one, two := s.open(t, parameters, connections), s.open(t, parameters, connections)
	var mu sync.Mutex // protects options
	options := map[backend.Backend]*sqlbackend.Options{}
	h.New = func(t testing.TB) backend.Backend {
		o := with
		o.Table = s.table().Table
		b := over(t, one, &o)
		mu.Lock()
		defer mu.Unlock()
		options[b] = &o
		return b
	}
	h.Another = func(t testing.TB, b backend.Backend) backend.Backend {
		mu.Lock()
		defer mu.Unlock()
		return over(t, two, options[b])
	}
	backendtest.Run(t, h)
}
