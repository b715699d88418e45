package integration_test

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/metrics"

	_ "modernc.org/sqlite"
)

// stores are the stores that processes share, opened in a directory, or under
// its name where they have none. What they open is closed when the test is over.
var stores = map[string]func(t testing.TB, dir string) backend.Locker{
	"files":    openFiles,
	"sqlite":   func(t testing.TB, dir string) backend.Locker { return overSQLite(t, openSQLite(t, dir)) },
	"postgres": openPostgres,
	"mariadb":  openMariaDB,
	"redis":    openRedis,
	"s3":       openS3,
	"mongo":    openMongo,
}

func openFiles(t testing.TB, dir string) backend.Locker {
	t.Helper()
	s, err := filebackend.New(filepath.Join(dir, "files"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func openSQLite(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cache.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(4) // one writes at a time, and two hundred that begin at once only hinder each other
	db.SetMaxIdleConns(4)
	return db
}

func overSQLite(t testing.TB, db *sql.DB) backend.Locker {
	t.Helper()
	b, err := sqlbackend.New(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// quiet are the options of every Func here: a registry of its own, no logs.
func quiet(opts ...cachier.Option) []cachier.Option {
	return append([]cachier.Option{
		cachier.WithRegistry(metrics.NewRegistry()), cachier.WithLogger(slog.New(slog.DiscardHandler)),
	}, opts...)
}
