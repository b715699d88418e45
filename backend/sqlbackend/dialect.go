package sqlbackend

// dialect is everything that differs from one SQL to the next. In its texts
// {entries}, {leases} and {schema} stand for the tables that it has of these,
// {now} for the field of that name, and @name for an argument, see [arguments].
type dialect struct {
	// create makes the tables, the marker's last. Where the store can do that
	// in one transaction it fails if one of them is there already; otherwise
	// doing it again completes what somebody else has begun. mark then writes
	// the marker, with @version and @identity, unless it is there.
	create []string
	mark   string

	// marker reads version, identity, and how many bytes value and Meta of an
	// entry may have together; 0: only the database knows. It runs before the
	// tables are known to be there.
	marker string

	// quote makes an identifier of a table's name, placeholder what stands for
	// the n-th argument, counted from 1.
	quote       func(name string) string
	placeholder func(n int) string

	// now is the time, in microseconds since 1970: an expression that asks the
	// database's clock. Where the store has none of its own it is @now, and the
	// queries give NULL for it.
	now string

	queries [queries]string
	changes [changes][]string

	// hold, if there is one, begins every transaction: it waits until nobody
	// else can write, so that the time is told after the waiting.
	hold string

	// oneWriter says that the store has only one writer at a time: the writes of
	// a Backend had better take turns than wait for each other there, and
	// every one is a transaction.
	oneWriter bool

	// commit, if set, is the statement that ends a transaction and may be tried
	// again when it finds the database busy; else the driver commits.
	commit string

	// classify says what an error of the driver means.
	classify func(err error) class
}

// class is what an error of a driver means to this package.
type class uint8

const (
	other    class = iota
	busy           // somebody else is at it; the same again may succeed
	full           // there is no room left
	tooLarge       // there never will be
	missing        // the tables aren't there
	exists         // a table is there already
)

// query is something to be read. Times are the database's, in microseconds
// since 1970, see stamp; keys are bytes; a range is from @from, inclusive, to
// @to, exclusive. Where there is no entry under a key, or no record, there is no
// row or one of NULLs.
type query uint8

const (
	// getOne gives, of @key, created, expires, cost, meta, value, now.
	getOne query = iota
	// getFew and getMany give key and the same of fewKeys or manyKeys times @key.
	getFew
	getMany

	// page gives key, size, created, expires, now of the first @limit entries
	// of a range, in order.
	page
	// size gives the number of entries in a range and the bytes of the values.
	size
	// boundary gives the key after the first @limit rows of a range.
	boundary

	// lookRecord gives, of @key, token, since, until, failed, taken, now; the
	// token is empty where there is no record.
	lookRecord
	// standing gives key and token of the first @limit records of a range that
	// haven't run out, in order.
	standing

	queries // how many there are
)

// change is something to be written: statements that are one step for all
// others, in a transaction if there is more than one. Of those that need a lease
// the first statement changes a row if @token is held, and otherwise nothing.
// How many rows it changed is what the change did.
type change uint8

const (
	// put stores the entry and removes the record of @key. The times @created
	// and @expires count from now on.
	put change = iota
	// drop removes both.
	drop

	// commit stores the entry and removes the record. It needs the lease.
	commit
	// fail makes a failure mark of the record, for @ttl; what was a mark isn't
	// shortened. It needs the lease.
	fail
	// extend makes the record last for @ttl from now; a mark isn't shortened.
	// It needs the lease.
	extend
	// release removes a record that is no mark. It needs the lease.
	release

	// begin makes a record of @token and @ttl, unless there is a row for one.
	begin
	// replace does so in place of one whose token is @seen and whose failure
	// is @failed, with @taken.
	replace
	// breakRecord removes a record with @token.
	breakRecord

	// clear removes all in a range, records included.
	clear
	// clean removes the entries of a range that are past their end, but for one
	// that is being computed anew where a row holds both.
	clean
	// tidy removes what is left in a range of records that have run out.
	tidy

	changes // how many there are
)

// How many keys getFew and getMany take; what is left over repeats the last.
const (
	fewKeys  = 8
	manyKeys = 100
)
