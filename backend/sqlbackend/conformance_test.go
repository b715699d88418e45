package sqlbackend_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/sqlbackend"

	_ "modernc.org/sqlite"
)

// recommended are the parameters that the package's documentation asks for.
const recommended = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"

// open returns a database that the test closes, with at most that many
// connections; 0 is no limit.
func open(t testing.TB, dsn string, connections int) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(connections)
	return db
}

// over returns a backend over the database, which the test closes before that.
func over(t testing.TB, db *sql.DB, o *sqlbackend.Options) *sqlbackend.Backend {
	t.Helper()
	b, err := sqlbackend.New(db, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// conform runs the suite on files opened with the parameters, each by two pools
// as if by two processes.
func conform(t *testing.T, parameters string, connections int) {
	files := map[backend.Backend]string{}
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend {
			file := filepath.Join(t.TempDir(), "cache.db")
			b := over(t, open(t, "file:"+file+parameters, connections), nil)
			files[b] = file
			return b
		},
		Another: func(t testing.TB, b backend.Backend) backend.Backend {
			return over(t, open(t, "file:"+files[b]+parameters, connections), nil)
		},
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conform(t, recommended, 0)
}

// SQLite as it comes: a rollback journal, where readers and writers lock each
// other out, and no busy time-out; only the disk isn't waited for.
func TestConformanceWithRollbackJournal(t *testing.T) {
	t.Parallel()
	conform(t, "?_pragma=synchronous(OFF)", 0)
}
