package sqlbackend_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/killing"
)

var trial = killing.Trial{
	Open:    openWriter,
	Writers: 3, Kills: 8, Early: 2, Pause: 20 * time.Millisecond,
	Keys: 12, Lease: 250 * time.Millisecond,
	Size:       func(r *rand.Rand) int { return r.IntN(20_000) },
	ClockError: time.Minute, // a server's clock tells each of the times
}

// openWriter gets the driver and the data source.
func openWriter(args []string) (backend.Locker, error) {
	db, err := sql.Open(args[0], args[1])
	if err != nil {
		return nil, err
	}
	b, err := sqlbackend.New(db, nil)
	if err != nil {
		return nil, err
	}
	_, err = b.Size(context.Background(), "") // so that it is ready only when it has connected
	return b, err
}

// Writers are killed at random moments; nobody ever reads what is wrong or
// torn, and nothing is left behind that hinders those who go on.
func TestKilledWriters(t *testing.T) {
	for name, parameters := range map[string]string{
		"WAL": recommended,
		// Without waiting for the disk, which a kill doesn't lose anything of.
		"rollback journal": "?_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)",
	} {
		t.Run(name, func(t *testing.T) {
			db := killWriters(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "cache.db")+parameters)
			var verdict string
			must(t, db.QueryRow("PRAGMA integrity_check").Scan(&verdict))
			if verdict != "ok" {
				t.Errorf("the file is damaged: %s", verdict)
			}
			nothingIn(t, db, "cachier_entries", "cachier_entries_leases")
		})
	}
}

// nothingIn fails the test if a table isn't empty.
func nothingIn(t *testing.T, db *sql.DB, tables ...string) {
	t.Helper()
	for _, table := range tables {
		var n int
		must(t, db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		if n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
}

// killWriters kills writers of the default tables, and cleans up what they left.
func killWriters(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	b := over(t, db, nil)
	trial.Kill(t, b, driver, dsn)
	trial.Reclaim(t, b)
	_, err = b.Cleanup(t.Context(), "")
	must(t, err)
	return db
}
