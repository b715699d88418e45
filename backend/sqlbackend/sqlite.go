package sqlbackend

import (
	"errors"
	"strings"
)

// sqlite is the dialect of SQLite.
//
// Keys are BLOBs: they are compared byte by byte whatever the encoding of the
// database, and a prefix is a range of the index. The value is the last column,
// so that nothing of a large one is read for the others.
//
// SQLite has no clock but that of the host, which is the process's own: times
// are bound by Go, to the microsecond.
//
// The first statement of every transaction writes. So it waits for the write
// lock before it has read anything, and can't find later that what it read is
// out of date, which SQLite answers with an error that no waiting mends.
var sqlite = dialect{
	create: []string{
		`CREATE TABLE {entries} (key BLOB NOT NULL PRIMARY KEY, created INTEGER, expires INTEGER, cost INTEGER NOT NULL, meta BLOB, value BLOB)`,
		`CREATE TABLE {leases} (key BLOB NOT NULL PRIMARY KEY, token TEXT NOT NULL, since INTEGER NOT NULL, expires INTEGER NOT NULL, failed INTEGER NOT NULL, taken INTEGER NOT NULL) WITHOUT ROWID`,
		`CREATE TABLE {schema} (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, identity TEXT NOT NULL)`,
	},
	mark:   `INSERT INTO {schema} (one, version, identity) VALUES (1, ?1, ?2)`,
	marker: `SELECT version, identity FROM {schema}`,
	quote:  func(name string) string { return `"` + name + `"` },
	statements: [statements]string{
		getOne:    `SELECT created, expires, cost, meta, value FROM {entries} WHERE key = ?1`,
		getFew:    `SELECT key, created, expires, cost, meta, value FROM {entries} WHERE key IN (?` + strings.Repeat(", ?", fewKeys-1) + `)`,
		getMany:   `SELECT key, created, expires, cost, meta, value FROM {entries} WHERE key IN (?` + strings.Repeat(", ?", manyKeys-1) + `)`,
		putEntry:  `INSERT INTO {entries} (key, created, expires, cost, meta, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO UPDATE SET created = excluded.created, expires = excluded.expires, cost = excluded.cost, meta = excluded.meta, value = excluded.value`,
		dropEntry: `DELETE FROM {entries} WHERE key = ?1`,

		page:        `SELECT key, coalesce(length(value), 0), created, expires FROM {entries} WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3`,
		size:        `SELECT count(*), coalesce(sum(length(value)), 0) FROM {entries} WHERE key >= ?1 AND key < ?2`,
		boundary:    `SELECT key FROM {entries} WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT 1 OFFSET ?3`,
		dropEntries: `DELETE FROM {entries} WHERE key >= ?1 AND key < ?2`,
		dropExpired: `DELETE FROM {entries} WHERE key >= ?1 AND key < ?2 AND expires <= ?3`,

		lookRecord:   `SELECT token, since, expires, failed, taken FROM {leases} WHERE key = ?1`,
		claimRecord:  `INSERT INTO {leases} (key, token, since, expires, failed, taken) VALUES (?1, '', 0, 0, 0, 0) ON CONFLICT (key) DO UPDATE SET key = key RETURNING token, since, expires, failed, taken`,
		saveRecord:   `UPDATE {leases} SET token = ?1, since = ?2, expires = ?3, failed = ?4, taken = ?5 WHERE key = ?6`,
		dropRecord:   `DELETE FROM {leases} WHERE key = ?1`,
		dropRecords:  `DELETE FROM {leases} WHERE key >= ?1 AND key < ?2`,
		dropOutlived: `DELETE FROM {leases} WHERE key >= ?1 AND key < ?2 AND expires <= ?3`,
	},
	oneWriter: true,
	commit:    "COMMIT",
	classify:  classifySQLite,
}

// SQLite's result codes, https://sqlite.org/rescode.html; the upper bits of an
// extended code say more about the same.
const (
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteFull     = 13
	sqliteProtocol = 15 // too many were beginning to use a WAL at once
	sqliteTooBig   = 18
)

// classifySQLite goes by the code where the driver's error tells one, and by
// SQLite's own messages, which are part of every driver's text.
func classifySQLite(err error) class {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		switch coded.Code() & 0xff {
		case sqliteBusy, sqliteLocked, sqliteProtocol:
			return busy
		case sqliteFull:
			return full
		case sqliteTooBig:
			return tooLarge
		}
	}
	text := err.Error()
	for _, m := range sqliteMessages {
		if strings.Contains(text, m.text) {
			return m.class
		}
	}
	return other
}

var sqliteMessages = []struct {
	text  string
	class class
}{
	{"database is locked", busy},
	{"database table is locked", busy},
	{"database schema is locked", busy},
	{"locking protocol", busy},
	{"database or disk is full", full},
	{"string or blob too big", tooLarge},
	{"no such table", missing},
	{"already exists", exists},
}
