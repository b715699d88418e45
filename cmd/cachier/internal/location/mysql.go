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
)

const mysqlForm = "mysql://USER@HOST/DATABASE"

// parseMySQL takes the URL of a MySQL or MariaDB server. Its parameters are
// those of the driver, and table=NAME if need be.
func parseMySQL(given string) (Location, error) {
	l, u, err := parseSQL(MySQL, mysqlForm, given)
	if err != nil {
		return Location{}, err
	}
	if _, err := configOf(u); err != nil {
		return Location{}, l.noDatabase(given, ": its host or a parameter is none", mysqlForm)
	}
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
	return l.openServer(ctx, sql.OpenDB(connector), create, mysqlForm,
		`SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (?, ?)`)
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
