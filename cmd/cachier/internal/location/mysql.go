package location

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

const mysqlForm = "mysql://USER@HOST/DATABASE"

// parseMySQL takes the URL of a MySQL or MariaDB server. Its parameters are
// those of the driver, and table=NAME if need be.
func parseMySQL(given string) (Location, error) {
	wrong := func(why string) (Location, error) {
		return Location{}, &Error{URL: conceal(given), Why: why}
	}
	if !strings.Contains(given, "://") {
		given = "mysql:..." // whatever that is
	}
	u, err := url.Parse(given)
	if err != nil || u.Opaque != "" || u.Fragment != "" || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return wrong("is no URL of a MySQL database; want " + mysqlForm) // err would tell the password
	}
	u.Scheme = string(MySQL)
	l := Location{Scheme: MySQL}
	query := u.Query()
	if query.Has("table") {
		if l.Table = query.Get("table"); l.Table == "" {
			return wrong("names no table; want ?table=NAME")
		}
		query.Del("table")
	}
	u.RawQuery = query.Encode()
	if _, err := configOf(u); err != nil {
		return wrong("is no URL of a MySQL database: its host or a parameter is none; want " + mysqlForm)
	}
	l.secret = u.String()
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	l.Path = strings.TrimPrefix(u.String(), string(MySQL)+":")
	return l, nil
}

// configOf is what the driver makes of the URL.
func configOf(u *url.URL) (*mysql.Config, error) {
	c, err := mysql.ParseDSN("tcp(" + u.Host + ")/" + url.PathEscape(strings.Trim(u.Path, "/")) + "?" + u.RawQuery)
	if err != nil {
		return nil, err
	}
	c.User = u.User.Username()
	var given bool
	if c.Passwd, given = u.User.Password(); !given {
		c.Passwd = os.Getenv("MYSQL_PWD")
	}
	c.Logger = &mysql.NopLogger{} // errors are told once, by whoever has them
	return c, nil
}

// openMySQL needs the tables to be there, unless it is to make them.
func (l Location) openMySQL(ctx context.Context, create bool) (*Store, error) {
	u, err := url.Parse(l.secret)
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a MySQL database")
	}
	config, err := configOf(u)
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a MySQL database")
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a MySQL database")
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	b, err := sqlbackend.New(db, &sqlbackend.Options{Table: l.Table})
	if err != nil {
		return nil, errors.Join(l.wrong(err, "can't be opened: %s", strings.TrimPrefix(err.Error(), "sqlbackend: ")), db.Close())
	}
	s := &Store{Backend: b, Location: l, close: db.Close}
	if !create {
		var tables int
		err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (?, ?)`,
			l.table(), l.table()+"_schema").Scan(&tables)
		switch {
		case err != nil:
			return nil, errors.Join(l.Explain(err), s.Close())
		case tables < 2:
			return nil, errors.Join(l.noTables(mysqlForm), s.Close())
		}
	}
	if _, err := backend.Size(ctx, b, "none"); err != nil { // makes the tables, or sees their version
		return nil, errors.Join(l.Explain(err), s.Close())
	}
	return s, nil
}

// MySQL's numbers for who may not come in, and for a database that isn't there
// (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html).
const (
	mysqlNoDatabaseForUser = 1044
	mysqlAccessDenied      = 1045
	mysqlNoDatabase        = 1049
)

// explainMySQL says of an error of the server what to do about it.
func (l Location) explainMySQL(err error) error {
	var server *mysql.MySQLError
	var network *net.OpError
	switch {
	case errors.As(err, &server):
		switch server.Number {
		case mysqlAccessDenied, mysqlNoDatabaseForUser, mysqlNoDatabase:
		default:
			return err
		}
	case !errors.As(err, &network):
		return err
	}
	return l.wrong(err, "can't be reached: %s; a password may be in MYSQL_PWD", strings.Join(strings.Fields(err.Error()), " "))
}
