// Package sqlbackend keeps entries in a SQL database, over any [*sql.DB]: in
// PostgreSQL, in MySQL or MariaDB, or in SQLite, which the processes of one host
// can share.
//
//	db, err := sql.Open("pgx", "postgres://app@db.internal/app")
//	// ...
//	store, err := sqlbackend.New(db, nil)
//
// The package imports no driver; [Dialect] says which it recognizes, and what
// each database wants from its data source name.
//
// # What it makes
//
// A table of entries and a marker with the schema version, for SQLite also one
// of leases, at the first use. What has that name and is something else is left
// alone, and so is a marker of a future version: that is an error of every
// method. The store has no bound of its own but the database's.
//
// # Time
//
// The database's clock tells all times. They come back on the caller's, off by
// what the answer takes. SQLite has the host's.
//
// # Concurrency, errors
//
// A [Backend] is safe for concurrent use. No connection is held between calls,
// nor while the body of a loop over List runs, so that a pool of one does. What
// had to give way to others is tried again, see Options.BusyTimeout.
//
// Errors are those of package backend, and the driver's as they are: they hold
// no keys and no values. A row that can't be larger is ErrTooLarge, a full disk
// ErrFull. What is damaged is an error of the driver.
package sqlbackend
