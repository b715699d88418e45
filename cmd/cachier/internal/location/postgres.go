package location

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

const postgresForm = "postgres://USER@HOST/DATABASE"

// parsePostgres takes a URL as PostgreSQL's own programs do, with table=NAME
// among its parameters if need be.
func parsePostgres(given string) (Location, error) {
	wrong := func(why string) (Location, error) {
		return Location{}, &Error{URL: conceal(given), Why: why}
	}
	if !strings.Contains(given, "://") {
		given = "postgres:..." // whatever that is
	}
	u, err := url.Parse(given)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return wrong("is no URL of a PostgreSQL database; want " + postgresForm) // err would tell the password
	}
	u.Scheme = string(Postgres)
	l := Location{Scheme: Postgres}
	query := u.Query()
	if query.Has("table") {
		if l.Table = query.Get("table"); l.Table == "" {
			return wrong("names no table; want ?table=NAME")
		}
		query.Del("table")
	}
	u.RawQuery = query.Encode()
	if _, err := pgx.ParseConfig(u.String()); err != nil {
		return wrong("is no URL of a PostgreSQL database: its host, its port or a parameter is none; want " + postgresForm)
	}
	l.secret = u.String()
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	l.Path = strings.TrimPrefix(u.String(), string(Postgres)+":")
	return l, nil
}

// openPostgres needs the tables to be there, unless it is to make them.
func (l Location) openPostgres(ctx context.Context, create bool) (*Store, error) {
	config, err := pgx.ParseConfig(l.secret)
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a PostgreSQL database")
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(4)
	b, err := sqlbackend.New(db, &sqlbackend.Options{Table: l.Table})
	if err != nil {
		return nil, errors.Join(l.wrong(err, "can't be opened: %s", strings.TrimPrefix(err.Error(), "sqlbackend: ")), db.Close())
	}
	s := &Store{Backend: b, Location: l, close: db.Close}
	if !create {
		var tables int
		err := db.QueryRowContext(ctx, `SELECT count(to_regclass(quote_ident(name))) FROM unnest(ARRAY[CAST($1 AS text), CAST($1 AS text) || '_schema']) AS name`, l.table()).Scan(&tables)
		switch {
		case err != nil:
			return nil, errors.Join(l.Explain(err), s.Close())
		case tables < 2:
			return nil, errors.Join(l.noTables(postgresForm), s.Close())
		}
	}
	if _, err := backend.Size(ctx, b, "none"); err != nil { // makes the tables, or sees their version
		return nil, errors.Join(l.Explain(err), s.Close())
	}
	return s, nil
}

// explainPostgres says of an error of the server what to do about it, on one
// line.
func (l Location) explainPostgres(err error) error {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return err
	}
	why := strings.Join(strings.Fields(connect.Error()), " ")
	return l.wrong(err, "can't be reached: %s; a password may be in PGPASSWORD or in ~/.pgpass", why)
}
