package backend

import (
	"bytes"
	"context"
	"iter"
	"time"
)

// Backend keeps entries under keys. It must be safe for concurrent use.
//
// Keys are not empty, valid UTF-8, printable, and at most [MaxKeyLen] bytes
// long. Two keys are the same only if their bytes are: a store must not fold
// case, normalize, trim, or give any character a meaning of its own (nor to
// '/', '%', '_', '*', '{'). A store whose own keys are narrower maps them
// without collisions.
type Backend interface {
	// Get returns the entry last stored under key, or an error for which
	// errors.Is(err, ErrNotFound) holds. The caller owns the slices of the
	// entry: they must not be shared with the store or another caller. Where
	// the stored value is empty, Value and Meta may be nil or empty.
	//
	// An entry past its Expires may be returned or be absent. What was stored
	// before that, and wasn't deleted, must be returned, unless the store is
	// bounded and says that it evicts.
	//
	// An entry that is damaged in the store (cut short, say) may be reported as
	// absent or as ErrCorrupt, and what isn't the store's as absent or as
	// ErrForeign; neither must ever be returned as if it were an entry.
	Get(ctx context.Context, key string) (Entry, error)

	// Set stores e under key in place of what is there, at once for all: a
	// concurrent Get sees the old entry or the new one, never a mixture, also
	// when the process dies in the middle. When Set returns nil, a Get that
	// starts afterwards, in any process, sees e or something newer.
	//
	// Set must neither alter nor keep the slices of e. It breaks a lease on the
	// key (see [Locker]), in the same step. If e is larger than the store can
	// hold, it returns ErrTooLarge; if there is no room left, ErrFull; after
	// any such error the old entry stands as it was, or is gone.
	Set(ctx context.Context, key string, e Entry) error

	// Delete removes the entry, and breaks a lease on the key in the same step.
	// To delete what is absent, or foreign (see ErrForeign), is no error. When Delete returns nil, a Get that
	// starts afterwards must not see the entry.
	Delete(ctx context.Context, key string) error

	// List yields what is stored under the keys that begin with prefix, which
	// is literal; the empty prefix means everything of this backend. There is
	// no order. What is there during the whole listing must be yielded, what
	// comes or goes meanwhile may be; a store that can't tell may yield a key
	// twice. Expired entries may be yielded. Leases and failure marks are not
	// entries and must not be.
	//
	// An error is yielded with a zero Info and ends the sequence. The loop's
	// body may call every method of the backend and may stop at any time: no
	// lock is held while it runs. Each range over the sequence lists anew.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Close releases what the backend itself opened: goroutines, files,
	// connections; it stops watches. It leaves alone what it was given, such as
	// a client. Methods called afterwards return ErrClosed, except Close, which
	// returns nil again. Stored entries stay; leases still held run out.
	Close() error
}

// MaxKeyLen bounds the length in bytes of the keys that a [Backend] is given.
const MaxKeyLen = 768

// Entry is what is stored under a key. The zero Entry is an empty value that
// never expires.
type Entry struct {
	// Value is the encoded result.
	Value []byte

	// Created is when the value was computed. Together with the TTL in Meta it
	// decides on freshness, above this package.
	Created time.Time

	// Expires is the end of every use of the entry: a store may drop it from
	// then on, and never before. Zero: never.
	//
	// Created and Expires are on the clock of the process that calls. A store
	// with a clock of its own keeps them on that one: Set translates by how
	// long ago, or ahead, they are for the caller, and Get translates back, as
	// far as one round trip allows, so that a host whose clock is wrong doesn't
	// see everything as expired. They are kept to the millisecond or finer;
	// Expires is rounded up. Locations and monotonic readings may be lost.
	Expires time.Time

	// Cost is what computing the value took. Kept to the microsecond or finer.
	Cost time.Duration

	// Meta is opaque to the store and has to come back as it was. It is small,
	// usually under 100 bytes.
	Meta []byte
}

// Clone returns a copy of the entry with slices of its own.
func (e Entry) Clone() Entry {
	e.Value, e.Meta = bytes.Clone(e.Value), bytes.Clone(e.Meta)
	return e
}

// Expired reports whether a store may drop the entry at the given time.
func (e Entry) Expired(now time.Time) bool {
	return !e.Expires.IsZero() && !now.Before(e.Expires)
}

// Info describes a stored entry without its value.
type Info struct {
	Key     string
	Size    int64     // of the value, in bytes; -1 if that isn't known
	Created time.Time // as in Entry; zero if that isn't known
	Expires time.Time // as in Entry; zero: never
}

// Expired reports whether a store may drop the entry at the given time.
func (i Info) Expired(now time.Time) bool {
	return Entry{Expires: i.Expires}.Expired(now)
}
