package location

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const postgresForm = "postgres://USER@HOST/DATABASE"

// parsePostgres takes a URL as PostgreSQL's own programs do, with table=NAME
// among its parameters if need be.
func parsePostgres(given string) (Location, error) {
	l, u, err := parseSQL(Postgres, postgresForm, given)
	if err != nil {
		return Location{}, err
	}
	if _, err := pgx.ParseConfig(l.secret); err != nil {
		return Location{}, l.noDatabase(given, ": its host, its port or a parameter is none", postgresForm)
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	l.Path = shown(u)
	return l, nil
}

// openPostgres needs the tables to be there, unless it is to make them.
func (l Location) openPostgres(ctx context.Context, create bool) (*Store, error) {
	config, err := pgx.ParseConfig(l.secret)
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a PostgreSQL database")
	}
	return l.openServer(ctx, stdlib.OpenDB(*config), create, postgresForm,
		`SELECT count(to_regclass(quote_ident(name))) FROM unnest(ARRAY[CAST($1 AS text), CAST($2 AS text)]) AS name`)
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
