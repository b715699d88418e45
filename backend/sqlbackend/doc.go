// Package sqlbackend keeps entries in a SQL database, over any [*sql.DB]: in
// PostgreSQL, or in SQLite, which the processes of one host can share.
//
//	db, err := sql.Open("pgx", "postgres://app@db.internal/app")
//	// ...
//	store, err := sqlbackend.New(db, nil)
//
// The package imports no driver; it recognizes pgx's and lib/pq's, and those
// that name themselves after SQLite. It makes a table of entries and a marker
// with the schema version, for SQLite also one of leases, at the first use.
// What has that name and is something else is left alone, and so is a marker of
// a future version: that is an error of every method.
//
// # PostgreSQL
//
// 12 or newer, on the primary. Its clock tells all times. Let the pool keep idle
// connections, see [sql.DB.SetMaxIdleConns]. A pooler by transactions needs
// [Options.Unprepared], and a driver that prepares nothing by itself: for pgx,
// default_query_exec_mode=exec in the URL.
//
// # SQLite
//
// 3.35 or newer. What belongs into the data source name, here for
// modernc.org/sqlite:
//
//	file:cache.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)
//
// WAL, so that readers and the one writer don't wait for each other; NORMAL, so
// that a write doesn't wait for the disk: a power cut may cost the last entries,
// never the file. A database in memory needs db.SetMaxOpenConns(1). SQLite's
// locks don't work on network file systems.
//
// # Concurrency, errors
//
// A [Backend] is safe for concurrent use. No connection is held between calls,
// nor while the body of a loop over List runs, so that a pool of one does. Errors
// are those of package backend, and the driver's as they are: they hold no keys
// and no values. What is damaged is an error of the driver.
package sqlbackend
