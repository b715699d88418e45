package sqlbackend_test

import (
	"database/sql"
	"fmt"
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
	*testserver.Process
	driver, dsn string
	tables      atomic.Int64 // how many names of tables were given out
}

func startPostgres(t testing.TB, args ...string) *server {
	t.Helper()
	p := testserver.StartPostgres(t, args...)
	return &server{Process: p.Process, driver: "pgx", dsn: p.URL}
}

// open returns a pool of connections that the test closes.
func (s *server) open(t testing.TB, parameters string) *sql.DB {
	t.Helper()
	db, err := sql.Open(s.driver, s.dsn+parameters)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	return db
}

// table returns the options of a backend with tables of its own.
func (s *server) table() *sqlbackend.Options {
	return &sqlbackend.Options{Table: fmt.Sprintf("t%d", s.tables.Add(1))}
}

// conform runs the suite, each store by two pools as if by two processes.
func (s *server) conform(t *testing.T, h backendtest.Harness, parameters string, with sqlbackend.Options) {
	one, two := s.open(t, parameters), s.open(t, parameters)
	options := map[backend.Backend]*sqlbackend.Options{}
	h.New = func(t testing.TB) backend.Backend {
		o := with
		o.Table = s.table().Table
		b := over(t, one, &o)
		options[b] = &o
		return b
	}
	h.Another = func(t testing.TB, b backend.Backend) backend.Backend { return over(t, two, options[b]) }
	backendtest.Run(t, h)
}
