package sqlbackend

// dialect is everything that differs from one SQL to the next. In its texts
// {entries}, {leases} and {schema} stand for the three tables.
type dialect struct {
	// create makes the tables, the marker's last, in one transaction, and fails
	// if one of them is there already. mark then writes the marker: its
	// arguments are the version and the identity.
	create []string
	mark   string

	// marker reads version and identity. It runs before the tables are known
	// to be there.
	marker string

	// quote makes an identifier of a table's name.
	quote func(name string) string

	// statements are prepared when they are first used.
	statements [statements]string

	// oneWriter says that the store has only one writer at a time, so that the
	// writes of a Backend had better take turns than wait for each other there.
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

// statement is one of those that every dialect has. Times are microseconds
// since 1970, see stamp; keys are bytes; ranges are from one key, inclusive, to
// another one, exclusive. The arguments stand in the texts in the order given
// here, so that placeholders without numbers do.
type statement uint8

const (
	// getOne (key) gives created, expires, cost, meta, value.
	getOne statement = iota
	// getFew and getMany (fewKeys or manyKeys keys) give key and the same.
	getFew
	getMany
	// putEntry (key, created, expires, cost, meta, value) replaces it whole.
	putEntry
	// dropEntry (key).
	dropEntry

	// page (from, to, limit) gives key, size, created, expires, in order.
	page
	// size (from, to) gives the number of entries and the bytes of the values.
	size
	// boundary (from, to, n) gives the n-th key, counted from 0.
	boundary
	// dropEntries (from, to).
	dropEntries
	// dropExpired (from, to, now) drops entries with expires <= now.
	dropExpired

	// lookRecord (key) gives token, since, expires, failed, taken.
	lookRecord
	// claimRecord (key) gives the same and keeps everybody else from the
	// record of that key until the transaction ends. Where there is none, it
	// makes one with an empty token and zeros.
	claimRecord
	// saveRecord (token, since, expires, failed, taken, key).
	saveRecord
	// dropRecord (key).
	dropRecord
	// dropRecords (from, to).
	dropRecords
	// dropOutlived (from, to, now) drops records with expires <= now.
	dropOutlived

	statements // how many there are
)

// How many keys getFew and getMany take; what is left over repeats the last.
const (
	fewKeys  = 8
	manyKeys = 100
)
