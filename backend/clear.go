package backend

import (
	"context"
	"time"
)

// Clearer is implemented by stores that can delete many entries at once.
type Clearer interface {
	// Clear deletes all entries under the literal prefix and breaks all leases
	// and failure marks there. What was stored before Clear began must be gone
	// when it returns nil, and a lease that was held when it began must not be
	// able to Commit. It needn't be one atomic step; after an error any part
	// may be done, and calling it again is safe.
	Clear(ctx context.Context, prefix string) error
}

// Clear deletes all that b holds under the literal prefix, leases included. If
// b is no [Clearer] it breaks the leases, then lists and deletes, in this
// order, so that no computation that began earlier can store afterwards.
func Clear(ctx context.Context, b Backend, prefix string) error {
	if c, ok := b.(Clearer); ok {
		return c.Clear(ctx, prefix)
	}
	if _, err := BreakLocks(ctx, b, prefix); err != nil {
		return err
	}
	for info, err := range b.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if err := b.Delete(ctx, info.Key); err != nil {
			return err
		}
	}
	return nil
}

// Cleaner is implemented by stores that can tell by themselves what is past
// its Expires.
type Cleaner interface {
	// Cleanup deletes the entries under the literal prefix that are past their
	// Expires, and nothing else: an entry that is replaced meanwhile stays, and
	// leases stay. It returns how many it deleted, also with an error.
	Cleanup(ctx context.Context, prefix string) (int, error)
}

// Cleanup deletes what b holds under the literal prefix past its Expires, and
// returns how many entries that were. If b is no [Cleaner] it lists and
// deletes; then an entry that is replaced in between may be lost, and a lease
// on it broken, which costs a computation and nothing more.
func Cleanup(ctx context.Context, b Backend, prefix string) (int, error) {
	if c, ok := b.(Cleaner); ok {
		return c.Cleanup(ctx, prefix)
	}
	n := 0
	for info, err := range b.List(ctx, prefix) {
		if err != nil {
			return n, err
		}
		if !info.Expired(time.Now()) {
			continue
		}
		if err := b.Delete(ctx, info.Key); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
