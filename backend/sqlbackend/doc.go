// Package sqlbackend keeps entries in a SQL database that processes share, over
// any [*sql.DB]: SQLite, PostgreSQL, or MySQL and MariaDB.
//
//	db, err := sql.Open("pgx", "postgres://user@host/db")
//	// ...
//	store, err := sqlbackend.New(db, nil)
//
// The package imports no driver; [Dialect] says which it knows, and what their
// data source names should hold.
//
// # What it makes
//
// Tables of its own, at the first use: entries, leases where a row doesn't hold
// both, and a marker with the schema version. A table of that name that is
// something else is left alone, and so is a marker of a future version; both are
// errors of every method. The store has no bound of its own but the database's:
// let [cachier.WithCleanup] delete what is over.
//
// # Time
//
// The database's clock decides. Times are stored on it and come back on that of
// the host that asks, off by the time the answer takes. SQLite has the host's.
//
// # Concurrency
//
// A [Backend] is safe for concurrent use. No connection is held between calls,
// nor while the body of a loop over List runs: a pool of one connection does.
// What waits for a lock, was chosen as a deadlock's victim, couldn't be
// serialized or found too many connections is tried again, see [Options].
//
// Waiting processes are not woken by the database, which database/sql can't
// listen to: they look every 100 ms at the latest.
//
// # Errors
//
// Those of package backend, and the driver's as they are. They hold no keys and
// no values. A row that can't be larger is ErrTooLarge, a full disk ErrFull.
//
// [cachier.WithCleanup]: https://pkg.go.dev/github.com/cachier-go/cachier#WithCleanup
package sqlbackend
