package sqlbackend

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/gather"
)

var _ interface {
	backend.Locker
	backend.Identifier
	backend.Sizer
	backend.Clearer
	backend.Cleaner
	backend.BatchGetter
	backend.Prober
} = (*Backend)(nil)

// Backend keeps entries in a database. Use [New] to make one.
type Backend struct {
	db      *sql.DB
	dialect *dialect
	fill    func(text string) string // names the tables, and tells the time, in a text
	table   string
	plain   bool          // Options.Unprepared
	patient time.Duration // Options.BusyTimeout

	closing chan struct{} // closed by Close; ends waiting
	closed  atomic.Bool

	// turn has one place where the dialect has one writer, and is nil
	// otherwise. A write holds it from before its transaction begins until
	// after it has ended, and waits for nothing else of this package meanwhile.
	turn chan struct{}

	// preparing has one place, which who looks at the tables holds, so that
	// hundreds of first calls don't all prepare every statement.
	preparing chan struct{}

	// readers are those who Get; nil where the store is no server, and a crowd
	// waits for no connection.
	readers *gather.Group[backend.Entry]

	schema atomic.Pointer[schema] // nil until the tables were seen, then always the same

	// For Probe: what was asked, for how many nanoseconds, and how often
	// something was tried again.
	queries, retries atomic.Uint64
	spent            atomic.Int64
}

// New returns a backend over the database, which stays the caller's: Close
// doesn't close it. Nothing is asked of the database before the first use, so
// that the program starts without it; only a mistake in the options is an error
// here. Who would rather end than start without it asks something at once, such
// as Size of a prefix: the driver's error then names the host and port, the
// database or the user that is wrong, and no password. A nil o means the
// defaults.
func New(db *sql.DB, o *Options) (*Backend, error) {
	if db == nil {
		return nil, errors.New("sqlbackend: the *sql.DB is nil")
	}
	options, d, err := o.resolve(db)
	if err != nil {
		return nil, err
	}
	b := &Backend{
		db: db, dialect: d, table: options.Table, plain: options.Unprepared, patient: options.BusyTimeout,
		fill: d.filler(options.Table), closing: make(chan struct{}), preparing: make(chan struct{}, 1),
	}
	if d.oneWriter {
		b.turn = make(chan struct{}, 1)
	} else {
		b.readers = gather.New(places, manyKeys, gather.Many(b.GetMany, backend.ErrNotFound, backend.Entry.Clone))
	}
	return b, nil
}

// Get returns the entry, also one that is past its Expires and not yet cleaned
// up. Where many Get from a server at once they share queries.
func (b *Backend) Get(ctx context.Context, key string) (backend.Entry, error) {
	if b.readers == nil {
		return b.get(ctx, key)
	}
	return b.readers.Get(ctx, key, func(ctx context.Context) (backend.Entry, error) { return b.get(ctx, key) })
}

func (b *Backend) get(ctx context.Context, key string) (backend.Entry, error) {
	var e backend.Entry
	err := b.do(ctx, func() error {
		var r row
		err := b.row(ctx, getOne, &arguments{key: []byte(key)}).Scan(r.into()...)
		if errors.Is(err, sql.ErrNoRows) {
			return backend.ErrNotFound
		}
		e = r.entry(r.now.shift())
		return err
	})
	if err != nil {
		return backend.Entry{}, err
	}
	return e, nil
}

// Set stores the entry and breaks a lease on the key, in one step.
func (b *Backend) Set(ctx context.Context, key string, e backend.Entry) error {
	_, err := b.apply(ctx, put, &arguments{key: []byte(key), entry: e})
	return err
}

// Delete removes the entry and breaks a lease on the key, in one step.
func (b *Backend) Delete(ctx context.Context, key string) error {
	_, err := b.apply(ctx, drop, &arguments{key: []byte(key)})
	return err
}

// Close closes the prepared statements and leaves the database alone.
func (b *Backend) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	close(b.closing)
	if s := b.schema.Load(); s != nil {
		return s.close()
	}
	return nil
}
