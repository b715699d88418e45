package location

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/cachier-go/cachier/backend"
)

// Store is an open store.
type Store struct {
	Backend  backend.Backend
	Location Location
	close    func() error // of what is under the backend; may be nil
}

// Close closes the backend and what is under it.
func (s *Store) Close() error {
	err := s.Backend.Close()
	if s.close != nil {
		err = errors.Join(err, s.close())
	}
	return err
}

// Open opens a store that is there. It makes nothing, and refuses what isn't a
// store of ours; the error is then an [*Error].
func (l Location) Open(ctx context.Context) (*Store, error) {
	switch l.Scheme {
	case File:
		return l.openFiles()
	case SQLite:
		return l.openSQLite(ctx)
	case Postgres:
		return l.openPostgres(ctx, false)
	case MySQL:
		return l.openMySQL(ctx, false)
	case Redis, RedisTLS:
		return l.openRedis(ctx)
	}
	return nil, &Error{URL: l.String(), Why: "is gone when its process ends; want " + Forms}
}

// Create opens a store, and makes it where there is nothing yet.
func (l Location) Create(ctx context.Context) (*Store, error) {
	switch l.Scheme {
	case File:
		return l.createFiles()
	case SQLite:
		return l.createSQLite(ctx)
	case Postgres:
		return l.openPostgres(ctx, true)
	case MySQL:
		return l.openMySQL(ctx, true)
	case Redis, RedisTLS:
		return l.openRedis(ctx)
	}
	return nil, &Error{URL: l.String(), Why: "is no store that outlives its process; want " + Forms}
}

// Explain says of an error of the store, where it is known, what to do about
// it.
func (l Location) Explain(err error) error {
	switch {
	case err == nil || l.Scheme == Memory || l.Scheme == File:
		return err
	case strings.HasPrefix(err.Error(), "sqlbackend: "):
		return l.wrong(err, "can't be used: %s", strings.TrimPrefix(err.Error(), "sqlbackend: "))
	case l.Scheme == Postgres:
		return l.explainPostgres(err)
	case l.Scheme == MySQL:
		return l.explainMySQL(err)
	case l.Scheme == Redis, l.Scheme == RedisTLS:
		return l.explainRedis(err)
	}
	return l.explainSQLite(err)
}

// stat looks at what is there.
func (l Location) stat() (fs.FileInfo, error) {
	info, err := os.Stat(l.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, l.wrong(err, "isn't there: nothing was stored at that place yet, or the path is another one")
	case err != nil:
		return nil, l.unreadable(err)
	}
	return info, nil
}

// unreadable says why what is there can't be used.
func (l Location) unreadable(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return l.wrong(err, "may not be read by this user: run as the user whose cache it is")
	}
	return l.wrong(err, "can't be opened: %s", strings.TrimPrefix(fmt.Sprint(err), "filebackend: "))
}
