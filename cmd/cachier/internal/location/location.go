// Package location opens the stores that a command line names by a URL.
package location

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cachier-go/cachier/backend/filebackend"
)

// Location is where a store is.
type Location struct {
	Scheme Scheme
	Path   string // absolute; empty for Memory; of a server, the rest of the URL without a password
	Table  string // of a database, or the collection; empty: the default

	secret string // the URL of a server, as it was given
}

// Scheme is the kind of a store.
type Scheme string

// The schemes.
const (
	Memory   Scheme = "memory" // of this process alone; only where a command says so
	File     Scheme = "file"
	SQLite   Scheme = "sqlite"
	Postgres Scheme = "postgres" // or postgresql
	MySQL    Scheme = "mysql"    // or mariadb
	Redis    Scheme = "redis"
	RedisTLS Scheme = "rediss"
	S3       Scheme = "s3"
	Mongo    Scheme = "mongodb"
	MongoSRV Scheme = "mongodb+srv" // the hosts are in the DNS
)

// Error says what is wrong with a URL or with what it names.
type Error struct {
	URL string
	Why string // and what to do about it
	Err error  // what is behind it, or nil
}

func (e *Error) Error() string { return e.URL + " " + e.Why }

func (e *Error) Unwrap() error { return e.Err }

// Forms are the URLs that are understood, in words.
const Forms = "file:DIR, file: for the default directory, sqlite:FILE, " + postgresForm + ", " + mysqlForm + ", " + mongoForm + ", " + redisForm + ", or " + s3Form

// Parse understands file:DIR, file: (the user's cache directory), sqlite:FILE,
// postgres: and mysql: URLs, all three with ?table=NAME if need be, mongodb: URLs
// with ?collection=NAME, redis: URLs with ?prefix=TEXT, s3: URLs, and memory:.
// What follows the colon is a path as it is; after two slashes it is that of a
// URL. No error tells a password.
func Parse(given string) (Location, error) {
	wrong := func(why string, args ...any) (Location, error) {
		return Location{}, &Error{URL: fmt.Sprintf("%q", conceal(given)), Why: fmt.Sprintf(why, args...)}
	}
	scheme, path, ok := strings.Cut(given, ":")
	if !ok {
		return wrong("is no store; want %s; for a directory: file:%s", Forms, conceal(given))
	}
	l := Location{Scheme: Scheme(strings.ToLower(scheme))}
	switch l.Scheme {
	case Memory:
		if path != "" {
			return wrong("is no store; memory: has nothing behind it")
		}
		return l, nil
	case Postgres, "postgresql":
		return parsePostgres(given)
	case MySQL, "mariadb":
		return parseMySQL(given)
	case Redis, RedisTLS:
		return parseRedis(given)
	case S3:
		return parseS3(given)
	case Mongo, MongoSRV:
		return parseMongo(l.Scheme, given)
	case File:
	case SQLite:
		var query string
		var err error
		if path, query, ok = strings.Cut(path, "?"); ok {
			if l.Table, err = tableIn(query); err != nil {
				return wrong("can't be read: %v", err)
			}
		}
	default:
		return wrong("is of no kind that is known here; want %s", Forms)
	}
	if strings.HasPrefix(path, "//") {
		u, err := url.Parse(string(l.Scheme) + ":" + path)
		switch {
		case err != nil || u.RawQuery != "" || u.Fragment != "":
			return wrong("is no URL of a path; want %s", Forms)
		case u.Host != "" && u.Host != "localhost":
			return wrong("names the host %s, but stores are looked for on this one; for a path use one or three slashes", u.Host)
		}
		path = filepath.FromSlash(u.Path)
	}
	var err error
	switch {
	case path == "" && l.Scheme == SQLite:
		return wrong("names no file; want sqlite:FILE")
	case path == "":
		if path, err = filebackend.DefaultDir(); err != nil {
			return wrong("means the cache directory of this user, who has none (%v); want file:DIR", errors.Unwrap(err))
		}
	}
	if l.Path, err = filepath.Abs(path); err != nil {
		return wrong("can't be found: %v", err)
	}
	return l, nil
}

var (
	passwordOfUser      = regexp.MustCompile(`(://[^/:?#]*):.*@`)
	passwordAsParameter = regexp.MustCompile(`(?i)(password[^=\s]*=)('[^']*'|[^&\s]*)`)
)

// conceal takes out of a text what may be a password, whatever kind of a store it
// was meant to name.
func conceal(text string) string {
	return passwordAsParameter.ReplaceAllString(passwordOfUser.ReplaceAllString(text, "$1:...@"), "$1...")
}

// shown is a URL as a Path has it, without the password of its user.
func shown(u *url.URL) string {
	public := *u
	if u.User != nil {
		public.User = url.User(u.User.Username())
	}
	return strings.TrimPrefix(public.String(), u.Scheme+":")
}

// tableIn reads what stands behind the question mark.
func tableIn(query string) (string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", err
	}
	name := values.Get("table")
	if len(values) != 1 || name == "" {
		return "", errors.New("only ?table=NAME may follow the file")
	}
	return name, nil
}

// Kind names the kind of the store to people.
func (l Location) Kind() string {
	switch l.Scheme {
	case Memory:
		return "memory"
	case SQLite:
		return "SQLite"
	case Postgres:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	case Redis, RedisTLS:
		return "Redis"
	case S3:
		return "S3"
	case Mongo, MongoSRV:
		return "MongoDB"
	}
	return "files"
}

// String returns the location as a URL that Parse understands.
func (l Location) String() string {
	s := string(l.Scheme) + ":" + l.Path
	if l.Table != "" {
		mark := "?"
		if l.secret != "" && strings.Contains(s, mark) {
			mark = "&"
		}
		s += mark + l.parameter() + "=" + url.QueryEscape(l.Table)
	}
	return s
}

// parameter is by what a URL names the table.
func (l Location) parameter() string {
	if l.mongo() {
		return "collection"
	}
	return "table"
}

func (l Location) mongo() bool { return l.Scheme == Mongo || l.Scheme == MongoSRV }

// table is the name of the table of the entries.
func (l Location) table() string {
	if l.Table == "" {
		return "cachier_entries"
	}
	return l.Table
}

// noTables says that a database isn't that of a cache, and how to name another
// table.
func (l Location) noTables(form string) error {
	what := "tables"
	if l.mongo() {
		what = "collection"
	}
	if l.Table == "" {
		return l.wrong(nil, "is a database without the %s of a cache (%s); for others use %s?%s=NAME", what, l.table(), form, l.parameter())
	}
	return l.wrong(nil, "is a database without the %s of a cache named %s", what, l.Table)
}

// wrong says what is wrong with what is at the location.
func (l Location) wrong(err error, why string, args ...any) error {
	return &Error{URL: l.String(), Why: fmt.Sprintf(why, args...), Err: err}
}
