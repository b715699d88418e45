package backend

import (
	"errors"
	"strings"
)

// What a store must say by these errors, bare or wrapped, so that errors.Is
// finds them.
var (
	// ErrNotFound: there is no entry under this key. It is no failure.
	ErrNotFound = errors.New("cachier: no such entry")

	// ErrTooLarge: the entry is larger than the store can ever hold.
	ErrTooLarge = errors.New("cachier: entry too large for the backend")

	// ErrFull: the store has no room left and doesn't evict.
	ErrFull = errors.New("cachier: backend is full")

	// ErrClosed: the backend was closed.
	ErrClosed = errors.New("cachier: backend is closed")

	// ErrLeaseLost: the lease ran out, was taken over or was broken; nothing
	// was stored. It is no failure of the store.
	ErrLeaseLost = errors.New("cachier: lease lost")

	// ErrCorrupt: there is an entry, but it is damaged: cut short, overwritten,
	// or not what its checksum says. Delete and Set get rid of it.
	ErrCorrupt = errors.New("cachier: entry is damaged in the backend")

	// ErrForeign: what stands in the place of the entry was not put there by
	// this store, or by a newer release of it in a form that this one doesn't
	// know. Get and Set return it; nothing touches what is there.
	ErrForeign = errors.New("cachier: what is in the place of the entry is not this backend's")

	// ErrHeld: somebody else holds the lease. The error found is always a
	// [*HeldError]. It is no failure of the store.
	ErrHeld = errors.New("cachier: lease is held")
)

// Error says which operation on which backend failed. The cache wraps each
// error of a backend in exactly one Error.
type Error struct {
	Op      string // get, set, delete, list, lock, commit, clear, size, ...
	Backend string // the kind: memory, file, sql, redis, ...
	// Key is what may be shown of the key: a short hash, unless the owner of
	// the cache reveals keys. Empty where the operation has no one key.
	Key string
	Err error // what the backend returned
}

// Error gives, for example, "cachier: redis get 1f0a93c2: connection refused".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteString(e.Backend)
	b.WriteByte(' ')
	b.WriteString(e.Op)
	if e.Key != "" {
		b.WriteByte(' ')
		b.WriteString(e.Key)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(strings.TrimPrefix(e.Err.Error(), prefix))
	}
	return b.String()
}

// prefix begins every error of this module; one of them is enough in a chain.
const prefix = "cachier: "

// Unwrap returns what the backend returned.
func (e *Error) Unwrap() error { return e.Err }

// Wrap says of an error of b that it came from the operation op. The key is
// shown as it is given: pass a short hash unless keys may be revealed. A nil
// error stays nil, and an error that holds an [*Error] already stays as it is.
func Wrap(op string, b Backend, key string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Op: op, Backend: Kind(b), Key: key, Err: err}
}
