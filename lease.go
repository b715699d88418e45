package cachier

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// claim is a flight's part in the coalescing of several processes. It belongs
// to the goroutine of the flight, but for impatient.
type claim struct {
	lease  *heldLease    // nil: computing without one
	waited time.Duration // for another process

	joined   bool // the value is another process's, which was waited for
	tookOver bool // computing because another process took too long
	stored   bool // the value is on the backend

	// impatient is closed, by whoever holds flights.mu, when a caller in this
	// process has waited too long.
	impatient chan struct{}
}

// of returns the lease, or nil.
func (c *claim) of() backend.Lease {
	if c.lease == nil {
		return nil
	}
	return c.lease.Lease
}

// heldLease is a lease that is renewed, on a timer, until it is dropped or lost.
type heldLease struct {
	backend.Lease
	every  time.Duration
	extend func(context.Context) error
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex // protects what follows
	timer   *time.Timer
	under   chan struct{} // closed when the renewal under way is over; nil: none is
	dropped bool
}

// renew sees to it that extend is called every so often.
func (l *heldLease) renew(ctx context.Context, every time.Duration, extend func(context.Context) error) {
	l.every, l.extend = every, extend
	l.ctx, l.cancel = context.WithCancel(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(every, l.tick)
}

// tick renews the lease once. A store that fails is asked again next time; the
// lease may still stand then.
func (l *heldLease) tick() {
	l.mu.Lock()
	if l.dropped {
		l.mu.Unlock()
		return
	}
	under := make(chan struct{})
	l.under = under
	l.mu.Unlock()

	err := l.extend(l.ctx)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.under = nil
	if !l.dropped && !errors.Is(err, backend.ErrLeaseLost) {
		l.timer.Reset(l.every)
	}
	close(under)
}

// drop ends the renewal, and waits for one that is under way.
func (l *heldLease) drop() {
	l.mu.Lock()
	l.dropped = true
	l.timer.Stop()
	l.cancel()
	under := l.under
	l.mu.Unlock()
	if under != nil {
		<-under
	}
}

// acquire takes the lease on a flight's key, or waits for the process that has
// it. It reports whether nothing is left to compute by then: because there is a
// value, or nobody who wants it. A store without leases, or one that fails,
// leaves the flight to compute without.
func (e *engine[K, V]) acquire(f *flight[V]) (through bool) {
	if e.store == nil || !e.store.locks || f.trigger == metrics.TriggerRefresh || f.blocked || e.store.circuits.read.Open() {
		return f.background && e.renewed(f)
	}
	lease, err := e.store.lock(f.ctx, f.key, e.lease)
	var held *backend.HeldError
	if f.overdue && errors.As(err, &held) {
		lease, err = e.store.takeOver(f.ctx, f.key, held.Holder, e.lease)
	}
	switch {
	case err == nil:
		e.hold(f, lease)
		return !f.strict && e.renewed(f)
	case !errors.As(err, &held), f.strict:
		return f.background && e.renewed(f)
	case f.background && e.flights.of(f.hash).forsake(f):
		f.result.err, f.result.ended = err, metrics.ResultCanceled
		return true // another process is at it, and nobody waits for this one
	default:
		return e.await(f, held.Holder)
	}
}

// hold keeps a lease until yield.
func (e *engine[K, V]) hold(f *flight[V], lease backend.Lease) {
	f.claim.lease = &heldLease{Lease: lease}
	f.claim.lease.renew(context.WithoutCancel(f.ctx), e.lease/3, func(ctx context.Context) error {
		return e.store.leased(ctx, f.key, func(ctx context.Context) error { return lease.Extend(ctx, e.lease) })
	})
}

// yield ends the lease of a flight. If computing has failed, the others may
// compute at once instead of queueing for the same failure.
func (e *engine[K, V]) yield(f *flight[V]) {
	lease := f.claim.lease
	if lease == nil {
		return
	}
	lease.drop()
	if f.claim.stored {
		return // by committing it
	}
	end := lease.Release
	if e.flights.of(f.hash).failed(f) {
		end = lease.Fail
	}
	_ = e.store.leased(context.WithoutCancel(f.ctx), f.key, end) // it runs out by itself
}

// failed reports whether a flight came to nothing that other processes could
// use, though nobody wanted that.
func (fs *flights[V]) failed(f *flight[V]) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	r := &f.result
	switch {
	case r.panicked != nil:
		return true
	case r.ended == metrics.ResultCanceled, f.superseded, r.found != nil:
		return false
	default:
		return true // an error, or a value that may not be stored
	}
}

// forsake takes a background flight away from those who might join it, and
// reports whether nobody has.
func (fs *flights[V]) forsake(f *flight[V]) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.waiters > 0 {
		return false
	}
	f.outdated = true
	return true
}

// lock tries to take the lease on a key.
func (s *store[V]) lock(ctx context.Context, text string, ttl time.Duration) (lease backend.Lease, err error) {
	err = s.leased(ctx, text, func(ctx context.Context) (err error) {
		lease, err = backend.Lock(ctx, s.backend, s.key(text), ttl)
		return err
	})
	return lease, err
}

// takeOver tries to replace the lease of a holder that took too long.
func (s *store[V]) takeOver(ctx context.Context, text string, h backend.Holder, ttl time.Duration) (lease backend.Lease, err error) {
	err = s.leased(ctx, text, func(ctx context.Context) (err error) {
		lease, err = backend.TakeOver(ctx, s.backend, s.key(text), h, ttl)
		return err
	})
	return lease, err
}

// leased runs an operation on leases.
func (s *store[V]) leased(ctx context.Context, text string, run func(context.Context) error) error {
	_, err := s.do(ctx, opLock, text, run)
	return err
}
