package location

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// parseSQL takes the URL of a server of SQL, with table=NAME among its parameters
// if need be, and returns it as the driver gets it.
func parseSQL(scheme Scheme, form, given string) (Location, *url.URL, error) {
	l := Location{Scheme: scheme}
	if !strings.Contains(given, "://") {
		given = string(scheme) + ":..." // whatever that is
	}
	u, err := url.Parse(given)
	bare := err == nil && (u.Host == "" || strings.Trim(u.Path, "/") == "")
	if err != nil || u.Opaque != "" || u.Fragment != "" || bare && scheme != Postgres { // which has defaults
		return Location{}, nil, l.noDatabase(given, "", form) // err would tell the password
	}
	u.Scheme = string(scheme)
	query := u.Query()
	if query.Has("table") {
		if l.Table = query.Get("table"); l.Table == "" {
			return Location{}, nil, &Error{URL: conceal(given), Why: "names no table; want ?table=NAME"}
		}
		query.Del("table")
	}
	u.RawQuery = query.Encode()
	l.secret, l.Path = u.String(), shown(u)
	return l, u, nil
}

// noDatabase says that a URL isn't one of a database.
func (l Location) noDatabase(given, why, form string) error {
	return &Error{URL: conceal(given), Why: "is no URL of a " + l.Kind() + " database" + why + "; want " + form}
}

// openServer returns the store in a database of a server. The tables have to be
// there, unless it is to make them; count is the query that counts two of them, by
// name.
func (l Location) openServer(ctx context.Context, db *sql.DB, create bool, form, count string) (*Store, error) {
	s, err := l.within(db)
	if err != nil {
		return nil, err
	}
	if !create {
		var tables int
		err := db.QueryRowContext(ctx, count, l.table(), l.table()+"_schema").Scan(&tables)
		switch {
		case err != nil:
			return nil, errors.Join(l.Explain(err), s.Close())
		case tables < 2:
			return nil, errors.Join(l.noTables(form), s.Close())
		}
	}
	if _, err := backend.Size(ctx, s.Backend, "none"); err != nil { // makes the tables, or sees their version
		return nil, errors.Join(l.Explain(err), s.Close())
	}
	return s, nil
}

// within returns the store in a database, which is closed with it.
func (l Location) within(db *sql.DB) (*Store, error) {
	db.SetMaxOpenConns(4)
	b, err := sqlbackend.New(db, &sqlbackend.Options{Table: l.Table})
	if err != nil {
		return nil, errors.Join(l.wrong(err, "can't be opened: %s", strings.TrimPrefix(err.Error(), "sqlbackend: ")), db.Close())
	}
	return &Store{Backend: b, Location: l, close: db.Close}, nil
}
