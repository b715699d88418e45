package cachier

import (
	"errors"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// patience is how many looks in a row may fail until waiting is given up.
const patience = 3

// await waits for the process that holds the lease on a flight's key: for its
// value, or for its failure, death or slowness, after which this flight
// computes. It reports whether nothing is left to compute.
func (e *engine[K, V]) await(f *flight[V], holder backend.Holder) (through bool) {
	w := &remoteWait[K, V]{engine: e, flight: f, holder: holder, impatient: f.claim.impatient}
	woken, stop := e.store.watch.wake(e.store.key(f.key))
	defer stop()
	w.wake = woken
	e.flights.of(f.hash).setRemote(f, true)
	e.recorder.AddWaiters(1)
	_, end := e.observe(f.ctx, metrics.Op{Kind: metrics.OpWait, Scope: metrics.ScopeDistributed})
	w.since = clock.Now()

	through, result := w.run()

	e.recorder.AddWaiters(-1)
	w.over(result)
	end(result)
	e.flights.of(f.hash).setRemote(f, false)
	return through
}

// remoteWait is a flight's wait for the holder of its lease.
type remoteWait[K, V any] struct {
	*engine[K, V]
	*flight[V]
	holder    backend.Holder
	since     int64           // when the wait for it began
	wake      <-chan struct{} // something has happened to the key; nil: the store does not tell
	tooLong   <-chan time.Time
	impatient <-chan struct{}
}

// over counts a wait that is over; if there is another one, it begins now.
func (w *remoteWait[K, V]) over(result metrics.Result) {
	now := clock.Now()
	took := time.Duration(now - w.since)
	w.since = now
	w.claim.waited += took
	w.recorder.Wait(metrics.ScopeDistributed, result, took)
}

// run waits, and says how that went.
func (w *remoteWait[K, V]) run() (through bool, result metrics.Result) {
	if w.waitTimeout > 0 && !w.holder.TakenOver && !w.overdue {
		t := time.NewTimer(jitter(w.waitTimeout, 0.1))
		defer t.Stop()
		w.tooLong = t.C
	}
	failures := 0
	// Quickly at first, because most computations are short. A store that can
	// wake those who wait makes it sooner.
	first, last := backend.Pace(w.store.backend)
	for pause := first; ; pause = min(pause*3/2, last) {
		timedOut, err := w.sleep(jitter(pause, 0.2))
		switch {
		case err != nil:
			w.flight.result.err, w.flight.result.ended = err, metrics.ResultCanceled
			return true, metrics.ResultCanceled
		case w.renewed(w.flight):
			w.claim.joined = true
			return true, metrics.ResultOK
		case timedOut && w.flights.of(w.flight.hash).followed(w.flight):
			w.tooLong, w.impatient = nil, nil // the one that follows sees to it
			continue
		case timedOut:
			if !w.seize() {
				continue
			}
			// It may have been stored just before.
			w.claim.joined = w.renewed(w.flight)
			w.claim.tookOver = !w.claim.joined
			return w.claim.joined, metrics.ResultTimeout
		}
		lease, err := w.store.lock(w.flight.ctx, w.flight.key, w.lease)
		var held *backend.HeldError
		switch {
		case errors.As(err, &held):
			failures = 0
			w.meet(held.Holder)
			continue
		case err != nil:
			// Without a lease everybody would compute: not for a single failure.
			if failures++; failures < patience && !errors.Is(err, ErrCircuitOpen) {
				continue
			}
			return false, metrics.ResultError
		}
		w.hold(w.flight, lease)
		if w.renewed(w.flight) { // stored between the two looks
			w.claim.joined = true
			return true, metrics.ResultOK
		}
		return false, metrics.ResultError
	}
}

// sleep waits until it is time to look again, or has been for too long, or the
// context has ended.
func (w *remoteWait[K, V]) sleep(pause time.Duration) (timedOut bool, err error) {
	next := time.NewTimer(pause)
	defer next.Stop()
	select {
	case <-next.C:
	case <-w.wake:
	case <-w.tooLong:
		return true, nil
	case <-w.impatient:
		return true, nil
	case <-w.flight.ctx.Done():
		return false, w.flight.ctx.Err()
	}
	return false, nil
}

// meet notes who holds the lease. One that took it over is waited for however
// long it takes: there is never a third.
func (w *remoteWait[K, V]) meet(h backend.Holder) {
	w.holder = h
	if h.TakenOver {
		w.tooLong, w.impatient = nil, nil
	}
}

// seize takes the lease over from a holder that took too long, and reports
// whether this flight is to compute: also if the store fails, without a lease
// then. If another process was quicker, that is waited for.
func (w *remoteWait[K, V]) seize() bool {
	lease, err := w.store.takeOver(w.flight.ctx, w.flight.key, w.holder, w.lease)
	var held *backend.HeldError
	if errors.As(err, &held) {
		w.over(metrics.ResultTimeout)
		w.meet(held.Holder)
		w.tooLong, w.impatient = nil, nil
		return false
	}
	if err == nil {
		w.hold(w.flight, lease)
	}
	w.flights.of(w.flight.hash).setLast(w.flight)
	return true
}
