package sqlbackend

import (
	"regexp"
	"strings"
)

// mysql is the dialect of MySQL and MariaDB.
//
// As in PostgreSQL one row holds the entry of a key and its record, so that every
// change of a key is one statement on one row. REPLACE puts a new row in place of
// the old one, whatever was in that. The driver may count only the rows that
// a statement really altered, so whatever a statement finds it also alters.
//
// The clock is UTC_TIMESTAMP, which tells when the statement began: without the
// hour that local time has twice a year.
//
// A column has the size of the value, because the value itself would be read to
// tell. It is NULL where there is only a record.
//
// Keys are VARBINARY: they are compared byte by byte, whatever the collation of
// the database.
//
// The server ends the connection on whoever sends more than max_allowed_packet,
// which looks like any other failure: so it isn't sent.
//
// What defines a table is no part of a transaction here. So who makes the tables
// takes what is there already, looks whether it has the columns, and leaves the
// marker for the end: whoever comes next completes what was begun.
var mysql = dialect{
	create: []string{
		"CREATE TABLE IF NOT EXISTS {entries} (`key` VARBINARY(768) NOT NULL PRIMARY KEY, created BIGINT, expires BIGINT, cost BIGINT NOT NULL DEFAULT 0, size BIGINT," +
			" token VARBINARY(64) NOT NULL DEFAULT '', since BIGINT NOT NULL DEFAULT 0, until BIGINT NOT NULL DEFAULT 0," +
			" failed BIGINT NOT NULL DEFAULT 0, taken BOOLEAN NOT NULL DEFAULT FALSE, meta LONGBLOB, value LONGBLOB) ENGINE=InnoDB ROW_FORMAT=DYNAMIC",
		"SELECT `key`, created, expires, cost, size, token, since, until, failed, taken, meta, value FROM {entries} LIMIT 0",
		"CREATE TABLE IF NOT EXISTS {schema} (one INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL, identity VARBINARY(64) NOT NULL) ENGINE=InnoDB",
	},
	mark:        "INSERT IGNORE INTO {schema} (one, version, identity) VALUES (1, @version, @identity)",
	marker:      "SELECT version, identity, @@max_allowed_packet - 4096 FROM {schema}",
	quote:       func(name string) string { return "`" + name + "`" },
	placeholder: func(int) string { return "?" },
	now:         "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))",
	queries: [queries]string{
		getOne:  "SELECT created, expires, cost, meta, value, {now} FROM {entries} WHERE `key` = @key AND size IS NOT NULL",
		getFew:  "SELECT `key`, created, expires, cost, meta, value, {now} FROM {entries} WHERE `key` IN (@key" + strings.Repeat(", @key", fewKeys-1) + ") AND size IS NOT NULL",
		getMany: "SELECT `key`, created, expires, cost, meta, value, {now} FROM {entries} WHERE `key` IN (@key" + strings.Repeat(", @key", manyKeys-1) + ") AND size IS NOT NULL",

		page:     "SELECT `key`, size, created, expires, {now} FROM {entries} WHERE `key` >= @from AND `key` < @to AND size IS NOT NULL ORDER BY `key` LIMIT @limit",
		size:     "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM {entries} WHERE `key` >= @from AND `key` < @to AND size IS NOT NULL",
		boundary: "SELECT `key` FROM {entries} WHERE `key` >= @from AND `key` < @to ORDER BY `key` LIMIT 1 OFFSET @limit",

		lookRecord: "SELECT token, since, until, failed, taken, {now} FROM {entries} WHERE `key` = @key",
		standing:   "SELECT `key`, token FROM {entries} WHERE `key` >= @from AND `key` < @to AND token <> '' AND until > {now} ORDER BY `key` LIMIT @limit",
	},
	changes: [changes][]string{
		put:  {"REPLACE INTO {entries} (`key`, created, expires, cost, size, meta, value) VALUES (@key, {now} + @created, {now} + @expires, @cost, @size, @meta, @value)"},
		drop: {"DELETE FROM {entries} WHERE `key` = @key"},

		// The assignments are made from left to right: failed is the old one
		// until it is assigned.
		commit:  {"UPDATE {entries} SET created = {now} + @created, expires = {now} + @expires, cost = @cost, size = @size, meta = @meta, value = @value, " + noRecord + " WHERE " + mysqlHeld},
		fail:    {"UPDATE {entries} SET until = IF(failed = 0, {now} + @ttl, GREATEST(until + 1, {now} + @ttl)), failed = {now} WHERE " + mysqlHeld},
		extend:  {"UPDATE {entries} SET until = IF(failed = 0, {now} + @ttl, GREATEST(until + 1, {now} + @ttl)) WHERE " + mysqlHeld},
		release: {"UPDATE {entries} SET " + noRecord + " WHERE failed = 0 AND " + mysqlHeld},

		begin:       {"INSERT IGNORE INTO {entries} (`key`, token, since, until) VALUES (@key, @token, {now}, {now} + @ttl)"},
		replace:     {"UPDATE {entries} SET token = @token, since = {now}, until = {now} + @ttl, failed = 0, taken = @taken WHERE `key` = @key AND token = @seen AND failed = @failed"},
		breakRecord: {"UPDATE {entries} SET " + noRecord + " WHERE `key` = @key AND token = @token"},

		clear: {"DELETE FROM {entries} WHERE `key` >= @from AND `key` < @to"},
		clean: {"DELETE FROM {entries} WHERE `key` >= @from AND `key` < @to AND expires <= {now} AND until <= {now}"},
		tidy:  {"DELETE FROM {entries} WHERE `key` >= @from AND `key` < @to AND size IS NULL AND until <= {now}"},
	},
	classify: classifyMySQL,
}

const mysqlHeld = "`key` = @key AND token = @token AND until > {now}"

// The driver's errors of the server are "Error 1213 (40001): Deadlock found...";
// their numbers are fields, for which the driver would have to be imported.
var mysqlError = regexp.MustCompile(`\bError (\d+)(?: \([0-9A-Z]{5}\))?: `)

// classifyMySQL goes by the server's numbers
// (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html) and
// by what the driver itself refuses.
func classifyMySQL(err error) class {
	text := err.Error()
	number := mysqlError.FindStringSubmatch(text)
	if number == nil {
		if strings.Contains(text, "packet for query is too large") {
			return tooLarge
		}
		return other
	}
	switch number[1] {
	case "1205", "1213", "3572": // lock wait time-out, deadlock, no waiting
		return busy
	case "1020": // the row has changed since it was read
		return busy
	case "1040", "1203", "1226": // too many connections: of all, of this user
		return busy
	case "1021", "1114": // disk full, table full
		return full
	case "1026", "3": // can't write to a file
		if strings.Contains(text, "No space left") {
			return full
		}
		return other
	case "1153", "1118", "1406": // packet, row, value too large
		return tooLarge
	case "1105": // unknown, but for its text
		if strings.Contains(text, "max_allowed_packet") {
			return tooLarge
		}
		return other
	case "1146": // no such table
		return missing
	case "1050", "1054": // a table is there already, or has other columns
		return exists
	default:
		return other
	}
}
