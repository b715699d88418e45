package sqlbackend

import (
	"database/sql"
	"reflect"
	"strings"
)

// Dialect is one SQL of many.
type Dialect uint8

// The dialects.
const (
	// Detect takes the dialect from the driver.
	Detect Dialect = iota
	// SQLite is SQLite 3.35 or newer, by modernc.org/sqlite, mattn/go-sqlite3 or
	// any other driver that names itself after it. What belongs into the data
	// source name, in the words of the former
	// (file:cache.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)):
	//
	//   - WAL, so that readers and the one writer don't wait for each other. It is
	//     a property of the file, so this package doesn't set it.
	//   - synchronous NORMAL, so that a write in WAL doesn't wait for the disk. A
	//     power cut may then cost the last entries, never the file.
	//   - a busy time-out; without one this package tries again by itself.
	//
	// An in-memory database is one for each connection: use it only with
	// db.SetMaxOpenConns(1), and only in tests. SQLite's locks don't work on
	// network file systems. Space that was freed is used again; only VACUUM makes
	// the file smaller.
	SQLite

	// PostgreSQL is PostgreSQL 12 or newer, on the primary, by
	// jackc/pgx/v5/stdlib or lib/pq. Let the pool keep idle connections, see
	// [sql.DB.SetMaxIdleConns]. Every operation is one statement and one round trip, except Lock, which
	// reads before it writes, and what goes over many keys. The tables are made
	// in the first schema of the search path. A value and its Meta have at most
	// 1 GB.
	//
	// A pooler that hands out another connection for each transaction, such as
	// PgBouncer, needs [Options.Unprepared], and a driver that prepares nothing by
	// itself: for pgx, default_query_exec_mode=exec in the URL.
	PostgreSQL

	// MySQL is MySQL 8 or newer, or MariaDB 10.6 or newer, by
	// go-sql-driver/mysql. Round trips are as in PostgreSQL. The table is
	// InnoDB's, in the database of the data source name. What is larger than the
	// server's max_allowed_packet, or the driver's maxAllowedPacket, is refused
	// with ErrTooLarge.
	MySQL
)

// String gives the name: detect, sqlite, postgresql, mysql, unknown.
func (d Dialect) String() string {
	switch d {
	case Detect:
		return "detect"
	case SQLite:
		return "sqlite"
	case PostgreSQL:
		return "postgresql"
	case MySQL:
		return "mysql"
	default:
		return "unknown"
	}
}

// drivers are what the import paths of drivers have in them.
var drivers = []struct {
	path    string
	dialect Dialect
}{
	{"sqlite", SQLite},
	{"jackc/pgx", PostgreSQL},
	{"lib/pq", PostgreSQL},
	{"go-sql-driver/mysql", MySQL},
}

// detect tells the dialect by the import path of the driver's type, which needs
// no connection.
func detect(db *sql.DB) Dialect {
	t := reflect.TypeOf(db.Driver())
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	path := strings.ToLower(t.PkgPath())
	for _, d := range drivers {
		if strings.Contains(path, d.path) {
			return d.dialect
		}
	}
	return Detect
}
