// Package sqlbackend keeps entries in a SQL database, over any [*sql.DB]: for
// now in SQLite, which several processes of one host can share.
//
//	db, err := sql.Open("sqlite", "file:cache.db"+
//		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
//	// ...
//	store, err := sqlbackend.New(db, nil)
//
// The package imports no driver: the one above is modernc.org/sqlite, and every
// other that names itself after SQLite is recognized, such as
// github.com/mattn/go-sqlite3 (?_busy_timeout=5000&_journal_mode=WAL&_synchronous=NORMAL).
// SQLite must be 3.35 or newer. What belongs into the data source name:
//
//   - WAL, so that readers and the one writer don't wait for each other. It is
//     a property of the file, so this package doesn't set it.
//   - synchronous=NORMAL, so that a write in WAL doesn't wait for the disk. A
//     power cut may then cost the last entries, never the file.
//   - a busy_timeout; without one this package tries again by itself, see
//     [Options].
//
// An in-memory database is one for each connection: use it only with
// db.SetMaxOpenConns(1), and only in tests. SQLite's locks don't work on
// network file systems.
//
// # What it makes
//
// Three tables, at the first use: entries, leases, and a marker with the schema
// version. A table of that name that is something else is left alone, and so is
// a marker of a future version; both are errors of every method. Space that was
// freed is used again; only VACUUM makes the file smaller. The store has no
// bound of its own; SQLite's max_page_count is one that it keeps, with ErrFull.
//
// # Concurrency
//
// A [Backend] is safe for concurrent use. SQLite has one writer at a time: the
// writes of one Backend take turns, those of others and of other processes are
// waited for within the context. No connection is held between calls, nor while
// the body of a loop over List runs, so that a pool of one connection does.
//
// # Errors
//
// Those of package backend, and the driver's as they are. They hold no keys and
// no values. A damaged file is an error of the driver.
package sqlbackend
