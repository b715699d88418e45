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
// Every transaction begins with a statement that writes, if nothing. So it waits
// for the write lock before it has read anything, and can't find later that what
// it read is out of date, which SQLite answers with an error that no waiting
// mends.
//
// Entries and leases are rows of different tables, because SQLite writes a row
// anew, with all of a large value, when a column of it changes.
var sqlite = dialect{
	create: []string{
		`CREATE TABLE {entries} (key BLOB NOT NULL PRIMARY KEY, created INTEGER, expires INTEGER, cost INTEGER NOT NULL, meta BLOB, value BLOB)`,
		`CREATE TABLE {leases} (key BLOB NOT NULL PRIMARY KEY, token TEXT NOT NULL, since INTEGER NOT NULL, expires INTEGER NOT NULL, failed INTEGER NOT NULL, taken INTEGER NOT NULL) WITHOUT ROWID`,
		`CREATE TABLE {schema} (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, identity TEXT NOT NULL)`,
	},
	mark:        `INSERT INTO {schema} (one, version, identity) VALUES (1, @version, @identity)`,
	marker:      `SELECT version, identity, 0 FROM {schema}`,
	quote:       func(name string) string { return `"` + name + `"` },
	placeholder: func(int) string { return "?" },
	now:         "@now",
	queries: [queries]string{
		getOne:  `SELECT created, expires, cost, meta, value, NULL FROM {entries} WHERE key = @key`,
		getFew:  `SELECT key, created, expires, cost, meta, value, NULL FROM {entries} WHERE key IN (@key` + strings.Repeat(", @key", fewKeys-1) + `)`,
		getMany: `SELECT key, created, expires, cost, meta, value, NULL FROM {entries} WHERE key IN (@key` + strings.Repeat(", @key", manyKeys-1) + `)`,

		page:     `SELECT key, coalesce(length(value), 0), created, expires, NULL FROM {entries} WHERE key >= @from AND key < @to ORDER BY key LIMIT @limit`,
		size:     `SELECT count(*), coalesce(sum(length(value)), 0) FROM {entries} WHERE key >= @from AND key < @to`,
		boundary: `SELECT key FROM {entries} WHERE key >= @from AND key < @to ORDER BY key LIMIT 1 OFFSET @limit`,

		lookRecord: `SELECT token, since, expires, failed, taken, NULL FROM {leases} WHERE key = @key`,
		standing:   `SELECT key, token FROM {leases} WHERE key >= @from AND key < @to AND expires > {now} ORDER BY key LIMIT @limit`,
	},
	changes: [changes][]string{
		put:  {sqlitePut, `DELETE FROM {leases} WHERE key = @key`},
		drop: {`DELETE FROM {entries} WHERE key = @key`, `DELETE FROM {leases} WHERE key = @key`},

		commit:  {`DELETE FROM {leases} WHERE key = @key AND token = @token AND expires > {now}`, sqlitePut},
		fail:    {`UPDATE {leases} SET expires = CASE WHEN failed = 0 THEN {now} + @ttl ELSE max(expires, {now} + @ttl) END, failed = {now} WHERE key = @key AND token = @token AND expires > {now}`},
		extend:  {`UPDATE {leases} SET expires = CASE WHEN failed = 0 THEN {now} + @ttl ELSE max(expires, {now} + @ttl) END WHERE key = @key AND token = @token AND expires > {now}`},
		release: {`DELETE FROM {leases} WHERE key = @key AND token = @token AND failed = 0 AND expires > {now}`},

		begin:       {`INSERT INTO {leases} (key, token, since, expires, failed, taken) VALUES (@key, @token, {now}, {now} + @ttl, 0, 0) ON CONFLICT (key) DO NOTHING`},
		replace:     {`UPDATE {leases} SET token = @token, since = {now}, expires = {now} + @ttl, failed = 0, taken = @taken WHERE key = @key AND token = @seen AND failed = @failed`},
		breakRecord: {`DELETE FROM {leases} WHERE key = @key AND token = @token`},

		clear: {
			`DELETE FROM {entries} WHERE key >= @from AND key < @to`,
			`DELETE FROM {leases} WHERE key >= @from AND key < @to`,
		},
		clean: {`DELETE FROM {entries} WHERE key >= @from AND key < @to AND expires <= {now}`},
		tidy:  {`DELETE FROM {leases} WHERE key >= @from AND key < @to AND expires <= {now}`},
	},
	hold:      `DELETE FROM {leases} WHERE 0`,
	oneWriter: true,
	commit:    "COMMIT",
	classify:  classifySQLite,
}

// sqlitePut replaces the entry whole.
const sqlitePut = `INSERT INTO {entries} (key, created, expires, cost, meta, value) VALUES (@key, {now} + @created, {now} + @expires, @cost, @meta, @value) ON CONFLICT (key) DO UPDATE SET created = excluded.created, expires = excluded.expires, cost = excluded.cost, meta = excluded.meta, value = excluded.value`

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
