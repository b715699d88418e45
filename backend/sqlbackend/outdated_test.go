package sqlbackend_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// A connection that saw the database before somebody made the tables, and finds
// it locked when it would look again, says that they aren't there. Who has seen
// them by another connection waits for it.
func TestTablesMadeByOthers(t *testing.T) {
	for range 8 { // in every other one the pool hands out its connections so that it happens
		dsn := "file:" + filepath.Join(t.TempDir(), "cache.db")
		db := open(t, dsn, 2)
		seen, outdated := lookAround(t, db), lookAround(t, db)
		must(t, over(t, open(t, dsn, 1), nil).Set(t.Context(), "k", backend.Entry{Value: []byte("v")}))
		tables(t, seen)

		b := over(t, db, nil)
		done := make(chan error, 1)
		go func() { _, err := b.Get(t.Context(), "k"); done <- err }()
		waitFor(t, func() bool { return db.Stats().WaitCount == 1 })
		taken := make(chan *sql.Conn)
		go func() { c, _ := db.Conn(t.Context()); taken <- c }()
		waitFor(t, func() bool { return db.Stats().WaitCount == 2 })
		must(t, seen.Close()) // goes to the backend, which then has the other one to go on with
		defer func(c *sql.Conn) { _ = c.Close() }(<-taken)

		other, err := open(t, dsn, 1).Conn(t.Context())
		must(t, err)
		_, err = other.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
		must(t, err)
		must(t, outdated.Close())
		waitFor(t, func() bool { return retries(t, b) > 0 || len(done) > 0 })
		_, err = other.ExecContext(t.Context(), "COMMIT")
		must(t, err)
		must(t, <-done)
	}
}

// lookAround takes a connection of its own and lets it see which tables there
// are.
func lookAround(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	must(t, err)
	tables(t, c)
	return c
}

func tables(t *testing.T, c *sql.Conn) {
	t.Helper()
	var n int
	must(t, c.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema").Scan(&n))
}

func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}
