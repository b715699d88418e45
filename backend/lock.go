package backend

import (
	"context"
	"errors"
	"time"
)

// FailureMark is how long a failed computation lets the others, in all
// processes, compute side by side; see [Locker].
const FailureMark = time.Second

// Locker is implemented by stores that processes share, to let one of them
// compute what the others wait for. The lock is advisory: it guards
// computations, not Get and Set.
//
// Under a key there is at most one record: nothing, a lease, or a failure mark.
// Each record has a token that no other ever had. A lease ends by Commit,
// Release, Fail, by running out, or by being broken: Set, Delete, [Clearer] and
// BreakLocks break it. From then on its token isn't held, and Commit must store
// nothing, whoever holds the key now and also if nobody does. Every method here
// is one atomic step in the store. Where a store can't check a record and write
// an entry in one step, it keeps both in one object, so that one conditional
// write does.
//
// The time of a lease is the store's own where it has a clock.
//
//   - Free: Lock makes a lease with a new token.
//   - Leased: Lock returns a [*HeldError] and changes nothing.
//   - Failure mark, younger than [FailureMark]: Lock returns a lease on the
//     token of the mark, which any number of callers share, and sees to it that
//     the record lasts for another ttl. So nobody queues behind failures, and a
//     Delete still breaks them all. The first to Commit stores and removes the
//     record; the others' Commit then finds the lease lost. Fail makes the mark
//     young again. Release of a shared lease changes nothing.
//   - Failure mark, older: as if free; the new lease replaces the mark.
type Locker interface {
	Backend

	// Lock takes the lease on key for at most ttl, which must be positive,
	// without waiting.
	Lock(ctx context.Context, key string, ttl time.Duration) (Lease, error)

	// TakeOver replaces the lease of a holder that was waited for long enough.
	// It succeeds only if the lease is still the one that h describes and was
	// not itself made by TakeOver: of all who wait, in all processes, one
	// succeeds once, and the others get a [*HeldError] that tells of the new
	// holder. Where there is no lease any more, it does what Lock does.
	TakeOver(ctx context.Context, key string, h Holder, ttl time.Duration) (Lease, error)

	// BreakLocks removes all leases and failure marks under the literal prefix
	// and returns how many; a failed attempt returns how many it got to.
	BreakLocks(ctx context.Context, prefix string) (int, error)
}

// Lease is a computation's right to store its result. Its methods are safe for
// concurrent use. A lease that is forgotten runs out by itself.
type Lease interface {
	// Commit stores e as Set does and ends the lease, if the token is still
	// held; otherwise it stores nothing and returns ErrLeaseLost.
	Commit(ctx context.Context, e Entry) error

	// Fail ends the lease and leaves the failure mark. ErrLeaseLost if the token
	// isn't held any more.
	Fail(ctx context.Context) error

	// Release ends the lease without a result. If the token isn't held any
	// more, it does nothing and returns nil, so that it can be deferred.
	Release(ctx context.Context) error

	// Extend makes the lease last for ttl from now; a shared lease isn't
	// shortened. ErrLeaseLost if the token isn't held any more.
	Extend(ctx context.Context, ttl time.Duration) error
}

// Holder describes a lease to those who wait for it.
type Holder struct {
	// Token tells this lease from every other one. It is opaque.
	Token string
	// Since is when the lease was made, Expires when it runs out unless it is
	// extended; both on the caller's clock, as in [Entry]. Zero: not known.
	Since, Expires time.Time
	// TakenOver says that the lease was made by TakeOver and so can't be taken
	// over again.
	TakenOver bool
}

// HeldError is what Lock and TakeOver return when another lease stands.
type HeldError struct {
	Holder Holder
}

// Error says that the lease is held; it names neither key nor token.
func (e *HeldError) Error() string { return ErrHeld.Error() }

// Is reports whether target is [ErrHeld].
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// CanLock reports whether b is a [Locker].
func CanLock(b Backend) bool {
	_, ok := b.(Locker)
	return ok
}

// Lock calls b's Lock, or returns an error for which errors.Is(err,
// errors.ErrUnsupported) holds if b is no [Locker].
func Lock(ctx context.Context, b Backend, key string, ttl time.Duration) (Lease, error) {
	if l, ok := b.(Locker); ok {
		return l.Lock(ctx, key, ttl)
	}
	return nil, errors.ErrUnsupported
}

// TakeOver calls b's TakeOver, or returns an error for which errors.Is(err,
// errors.ErrUnsupported) holds if b is no [Locker].
func TakeOver(ctx context.Context, b Backend, key string, h Holder, ttl time.Duration) (Lease, error) {
	if l, ok := b.(Locker); ok {
		return l.TakeOver(ctx, key, h, ttl)
	}
	return nil, errors.ErrUnsupported
}

// BreakLocks removes the leases and failure marks under the literal prefix and
// returns how many there were: none if b is no [Locker].
func BreakLocks(ctx context.Context, b Backend, prefix string) (int, error) {
	if l, ok := b.(Locker); ok {
		return l.BreakLocks(ctx, prefix)
	}
	return 0, ctx.Err()
}
