package sqlbackend

import (
	"errors"
	"strconv"
	"strings"
)

// postgres is the dialect of PostgreSQL.
//
// One row holds the entry of a key and its record, so that every change of a key
// is one statement on one row, which needs no transaction around it: one round
// trip, and nothing to deadlock on. Under READ COMMITTED a statement that finds
// the row changed by another one waits for that, and looks at its condition
// again; INSERT ... ON CONFLICT also sees a row that came after it began. So two
// writers of a key are always one after the other. The value is NULL where there
// is only a record, the token empty where there is only an entry. A long value
// isn't stored anew with the record, because TOAST keeps it apart.
//
// The clock is clock_timestamp(), which goes on while a statement waits.
//
// Keys are bytea: they are compared byte by byte, and a prefix is a range of the
// index.
var postgres = dialect{
	create: []string{
		`CREATE TABLE {entries} (key bytea NOT NULL PRIMARY KEY, created bigint, expires bigint, cost bigint NOT NULL DEFAULT 0,` +
			` token text NOT NULL DEFAULT '', since bigint NOT NULL DEFAULT 0, until bigint NOT NULL DEFAULT 0,` +
			` failed bigint NOT NULL DEFAULT 0, taken boolean NOT NULL DEFAULT false, meta bytea, value bytea)`,
		`CREATE TABLE {schema} (one integer NOT NULL PRIMARY KEY CHECK (one = 1), version bigint NOT NULL, identity text NOT NULL)`,
	},
	mark:        `INSERT INTO {schema} (one, version, identity) VALUES (1, @version, @identity)`,
	marker:      `SELECT version, identity, 1073737728 FROM {schema}`, // a message has less than 1 GiB, and so has a value
	quote:       func(name string) string { return `"` + name + `"` },
	placeholder: func(n int) string { return "$" + strconv.Itoa(n) },
	now:         `CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)`,
	queries: [queries]string{
		getOne:  `SELECT created, expires, cost, meta, value, {now} FROM {entries} WHERE key = @key AND value IS NOT NULL`,
		getFew:  `SELECT key, created, expires, cost, meta, value, {now} FROM {entries} WHERE key IN (@key` + strings.Repeat(", @key", fewKeys-1) + `) AND value IS NOT NULL`,
		getMany: `SELECT key, created, expires, cost, meta, value, {now} FROM {entries} WHERE key IN (@key` + strings.Repeat(", @key", manyKeys-1) + `) AND value IS NOT NULL`,

		page:     `SELECT key, octet_length(value), created, expires, {now} FROM {entries} WHERE key >= @from AND key < @to AND value IS NOT NULL ORDER BY key LIMIT @limit`,
		size:     `SELECT count(*), coalesce(sum(octet_length(value)), 0) FROM {entries} WHERE key >= @from AND key < @to AND value IS NOT NULL`,
		boundary: `SELECT key FROM {entries} WHERE key >= @from AND key < @to ORDER BY key LIMIT 1 OFFSET @limit`,

		lookRecord: `SELECT token, since, until, failed, taken, {now} FROM {entries} WHERE key = @key`,
		standing:   `SELECT key, token FROM {entries} WHERE key >= @from AND key < @to AND token <> '' AND until > {now} ORDER BY key LIMIT @limit`,
	},
	changes: [changes][]string{
		put: {`INSERT INTO {entries} (key, created, expires, cost, meta, value) VALUES (@key, {now} + @created, {now} + @expires, @cost, @meta, @value)` +
			` ON CONFLICT (key) DO UPDATE SET created = excluded.created, expires = excluded.expires, cost = excluded.cost, meta = excluded.meta, value = excluded.value, ` + noRecord},
		drop: {`DELETE FROM {entries} WHERE key = @key`},

		commit:  {`UPDATE {entries} SET created = {now} + @created, expires = {now} + @expires, cost = @cost, meta = @meta, value = @value, ` + noRecord + ` WHERE ` + tokenHeld},
		fail:    {`UPDATE {entries} SET until = CASE WHEN failed = 0 THEN {now} + @ttl ELSE greatest(until, {now} + @ttl) END, failed = {now} WHERE ` + tokenHeld},
		extend:  {`UPDATE {entries} SET until = CASE WHEN failed = 0 THEN {now} + @ttl ELSE greatest(until, {now} + @ttl) END WHERE ` + tokenHeld},
		release: {`UPDATE {entries} SET ` + noRecord + ` WHERE failed = 0 AND ` + tokenHeld},

		begin:       {`INSERT INTO {entries} (key, token, since, until) VALUES (@key, @token, {now}, {now} + @ttl) ON CONFLICT (key) DO NOTHING`},
		replace:     {`UPDATE {entries} SET token = @token, since = {now}, until = {now} + @ttl, failed = 0, taken = @taken WHERE key = @key AND token = @seen AND failed = @failed`},
		breakRecord: {`UPDATE {entries} SET ` + noRecord + ` WHERE key = @key AND token = @token`},

		clear: {`DELETE FROM {entries} WHERE key >= @from AND key < @to`},
		clean: {`DELETE FROM {entries} WHERE key >= @from AND key < @to AND expires <= {now} AND until <= {now}`},
		tidy:  {`DELETE FROM {entries} WHERE key >= @from AND key < @to AND value IS NULL AND until <= {now}`},
	},
	classify: classifyPostgres,
}

// Where a row holds both: what takes its record away, and what holds while the
// token is held.
const (
	noRecord  = `token = '', since = 0, until = 0, failed = 0, taken = false`
	tokenHeld = `key = @key AND token = @token AND until > {now}`
)

// classifyPostgres goes by SQLSTATE, which the errors of pgx and lib/pq tell:
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
func classifyPostgres(err error) class {
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) {
		return other
	}
	switch coded.SQLState() {
	case "40001", "40P01", "55P03": // serialization failure, deadlock, lock not available
		return busy
	case "53300": // too many connections
		return busy
	case "53100": // disk full
		return full
	case "54000": // program limit exceeded
		return tooLarge
	case "42P01": // undefined table
		return missing
	case "42P07", "42710": // duplicate table, duplicate object
		return exists
	case "23505": // unique violation: in the catalogue, when two make the tables at once
		return exists
	default:
		return other
	}
}
