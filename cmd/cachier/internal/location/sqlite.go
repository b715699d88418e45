package location

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // a driver without cgo

	"github.com/cachier-go/cachier/backend"
)

func (l Location) openSQLite(ctx context.Context) (*Store, error) {
	if err := l.checkFile(); err != nil {
		return nil, err
	}
	// Not mode=rwc: a file that vanished meanwhile isn't to be made again.
	s, err := l.connect("mode=rw&_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-4096)")
	if err != nil {
		return nil, err
	}
	if err := s.checkTables(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s.Store, nil
}

func (l Location) createSQLite(ctx context.Context) (*Store, error) {
	if info, err := os.Stat(l.Path); err == nil && (info.IsDir() || info.Size() > 0) {
		return l.openSQLite(ctx) // refuses what is somebody else's
	}
	s, err := l.connect("_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-4096)")
	if err != nil {
		return nil, err
	}
	if _, err := backend.Size(ctx, s.Backend, "none"); err != nil { // makes the tables
		return nil, errors.Join(l.Explain(err), s.Close())
	}
	return s.Store, nil
}

// checkFile looks at the file before SQLite does, which makes a database of an
// empty file and names no file in its errors.
func (l Location) checkFile() error {
	info, err := l.stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return l.wrong(nil, "is a directory; for a directory of entries use file:%s", l.Path)
	}
	f, err := os.Open(l.Path)
	if err != nil {
		return l.unreadable(err)
	}
	defer func() { _ = f.Close() }()
	const magic = "SQLite format 3\x00"
	start := make([]byte, len(magic))
	n, err := io.ReadFull(f, start)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil // an empty database
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return l.unreadable(err)
	case string(start[:n]) != magic:
		return l.wrong(nil, "is no SQLite database: another file is meant, or it is damaged; a damaged cache may be deleted, it is made anew")
	}
	return nil
}

// sqlite is a store with the database that is under it.
type sqlite struct {
	*Store
	db *sql.DB
}

func (l Location) connect(query string) (*sqlite, error) {
	path := filepath.ToSlash(l.Path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/...
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query}).String())
	if err != nil {
		return nil, l.wrong(err, "can't be opened: %v", err)
	}
	s, err := l.within(db)
	if err != nil {
		return nil, err
	}
	return &sqlite{s, db}, nil
}

// checkTables refuses a database without the tables of the backend, which would
// make them.
func (s *sqlite) checkTables(ctx context.Context) error {
	l := s.Location
	var tables int
	err := s.db.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN (?1, ?1 || '_leases', ?1 || '_schema')`, l.table()).Scan(&tables)
	switch {
	case err != nil:
		return l.Explain(err)
	case tables == 3:
		_, err := backend.Size(ctx, s.Backend, "none") // sees the version of the tables
		return l.Explain(err)
	}
	return l.noTables("sqlite:FILE")
}

// SQLite's codes for a damaged file and for one that is none of its own
// (https://sqlite.org/rescode.html).
const (
	sqliteCorrupt = 11
	sqliteNotADB  = 26
)

// explainSQLite knows the errors of a damaged file.
func (l Location) explainSQLite(err error) error {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		switch coded.Code() & 0xff {
		case sqliteCorrupt, sqliteNotADB:
			return l.wrong(err, "is damaged (%v); delete the file, and those beside it that end in -wal and -shm: as a cache it is made anew", err)
		}
	}
	return err
}
