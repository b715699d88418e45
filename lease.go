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

// heldLease is a lease that is renewed until it is dropped.
type heldLease struct {
	backend.Lease
	mu      sync.Mutex // protects timer and dropped
	timer   *time.Timer
	dropped bool
}

// renew sees to it that extend is called every so often.
func (l *heldLease) renew(every time.Duration, extend func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(every, func() {
		err := extend()
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil && !l.dropped {
			l.timer.Reset(every)
		}
	})
}

// drop ends the renewal.
func (l *heldLease) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropped = true
	l.timer.Stop()
}

// acquire takes the lease on a flight's key, or waits for the process that has
// it. It reports whether nothing is left to compute by then: because there is a
// value, or nobody who wants it. A store without leases, or one that fails,
// leaves the flight to compute without.
func (e *engine[K, V]) acquire(f *flight[V]) (through bool) {
	if e.store == nil || !e.store.locks || f.trigger == metrics.TriggerRefresh || f.blocked {
		return f.background && e.renewed(f)
	}
	lease, err := e.store.lock(f.ctx, f.key, e.lease)
	var held *backend.HeldError
	switch {
	case err == nil:
		e.hold(f, lease)
		return !f.strict && e.renewed(f)
	case !errors.As(err, &held), f.strict:
		return f.background && e.renewed(f)
	case f.background && e.flights.forsake(f):
		f.result.err, f.result.ended = err, metrics.ResultCanceled
		return true // another process is at it, and nobody waits for this one
	default:
		return e.await(f, held.Holder)
	}
}

// hold keeps a lease until yield.
func (e *engine[K, V]) hold(f *flight[V], lease backend.Lease) {
	ctx := context.WithoutCancel(f.ctx)
	f.claim.lease = &heldLease{Lease: lease}
	f.claim.lease.renew(e.lease/3, func() error {
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
	if e.flights.failed(f) {
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
	f.outdated = f.waiters == 0
	return f.outdated
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
