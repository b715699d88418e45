package sqlbackend

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Options are what [New] can be told. The zero value is the default of each.
type Options struct {
	// Table names the table of the entries; the others are named after it. It
	// begins with a letter or an underscore and holds letters, digits and
	// underscores of ASCII, at most 48. Empty: cachier_entries. Backends with
	// different tables share nothing.
	Table string

	// Dialect is the SQL that the database speaks. Zero: that of the driver,
	// as far as the package of its type tells. A driver that wraps another one
	// hides it; say it here then.
	Dialect Dialect

	// Unprepared sends every statement with its text, instead of preparing it
	// once on each connection. It is for a pooler in between that hands out
	// another connection of the server's for each transaction, such as
	// PgBouncer; see [PostgreSQL].
	Unprepared bool

	// BusyTimeout is for how long an operation is tried again while somebody
	// else has the database locked, or all connections; the end of the context
	// ends that earlier. It begins where the driver's own busy time-out ends.
	// Zero: 10 seconds; negative: not at all.
	BusyTimeout time.Duration
}

const (
	defaultTable       = "cachier_entries"
	defaultBusyTimeout = 10 * time.Second
)

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,47}$`)

// resolve fills in the defaults and returns what is wrong with the rest.
func (o *Options) resolve(db *sql.DB) (Options, *dialect, error) {
	var r Options
	if o != nil {
		r = *o
	}
	if r.Table == "" {
		r.Table = defaultTable
	}
	if !tableName.MatchString(r.Table) || strings.HasPrefix(strings.ToLower(r.Table), "sqlite_") {
		return r, nil, fmt.Errorf("sqlbackend: Options.Table %q is no table name: letters, digits and underscores, at most 48, and not sqlite_ in front", r.Table)
	}
	if r.BusyTimeout == 0 {
		r.BusyTimeout = defaultBusyTimeout
	}
	if r.Dialect == Detect {
		r.Dialect = detect(db)
	}
	switch r.Dialect {
	case SQLite:
		return r, &sqlite, nil
	case PostgreSQL:
		return r, &postgres, nil
	case MySQL:
		return r, &mysql, nil
	case Detect:
		return r, nil, fmt.Errorf("sqlbackend: can't tell the dialect of the driver %T: set Options.Dialect", db.Driver())
	default:
		return r, nil, fmt.Errorf("sqlbackend: Options.Dialect %d is unknown", r.Dialect)
	}
}
