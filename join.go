package cachier

import (
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// looks bounds how often a call looks whether what it needs was stored since it
// last looked. Twice is rare; the bound keeps it from looking for ever.
const looks = 4

// join waits for the computation of the key that is under way, or begins one.
func (c *call[K, V]) join() (V, error) {
	fs := c.flights.of(c.hash)
	fs.mu.Lock()
	for i := 0; i < looks && fs.version(c.hash) != c.seen && !c.o.refresh; i++ {
		fs.mu.Unlock()
		c.again = true
		value, found, err := c.lookup()
		if found || err != nil {
			return value, err
		}
		c.outcome = metrics.Miss
		fs.mu.Lock()
	}
	c.renews = c.o.hasMaxAge && c.reason == metrics.ReasonTooOld
	if fs.closed {
		fs.mu.Unlock()
		return c.bypass(metrics.ReasonDisabled)
	}
	if f := fs.current(c.text); f != nil && c.joins(f) {
		c.board(f)
		bounded := !f.last
		fs.mu.Unlock()
		return c.wait(f, bounded)
	}
	f := c.begin(fs)
	fs.mu.Unlock()
	return c.lead(f)
}

// board makes the call one of those who wait for a flight. The caller holds
// flights.mu.
func (c *call[K, V]) board(f *flight[V]) {
	f.waiters++
	// A computation that waits for another one must not keep it waiting for the
	// turn that it has itself.
	if c.turns != nil && !f.hurried && within(c.ctx, c.engine) {
		f.hurried = true
		close(f.hurry)
	}
}

// joins reports whether the call may share a computation that is under way.
func (c *call[K, V]) joins(f *flight[V]) bool {
	switch {
	case c.o.refresh:
		return f.trigger == metrics.TriggerRefresh
	case c.renews:
		return f.began >= c.began && (f.strict || !c.finds(f))
	default:
		return true
	}
}

// finds reports whether a flight may come to a value that was not computed by
// itself, and so is perhaps older.
func (e *engine[K, V]) finds(f *flight[V]) bool {
	return e.store != nil && (e.store.locks || f.background) && f.trigger != metrics.TriggerRefresh
}

// begin makes and registers a flight that this call runs. The caller holds
// flights.mu.
func (c *call[K, V]) begin(fs *flights[V]) *flight[V] {
	trigger := metrics.TriggerMiss
	if c.o.refresh {
		trigger = metrics.TriggerRefresh
	}
	f := c.newFlight(c.ctx, c.text, c.hash, trigger)
	f.waiters, f.exempt = 1, within(c.ctx, c.engine)
	f.strict, f.oldest = c.renews, callOptions{hasMaxAge: c.o.hasMaxAge, maxAge: c.o.maxAge}
	f.blocked = c.blocked
	fs.start(f)
	return f
}

// lead runs a flight and waits for it, as long as the context lasts. Where the
// context can't end, nobody could ever leave, and no goroutine is needed.
func (c *call[K, V]) lead(f *flight[V]) (V, error) {
	c.note("computing")
	if c.ctx.Done() == nil {
		c.fly(f, c.key, c.before)
	} else {
		start := clock.Now()
		go c.fly(f, c.key, c.before)
		select {
		case <-f.done:
		case <-c.ctx.Done():
			took := time.Duration(clock.Now() - start)
			if c.flights.of(f.hash).leave(f, c.ctx.Err()) {
				c.joinedRemote()
				c.waited += took
			} else {
				c.computed = took
			}
			return c.gaveUp()
		}
	}
	c.computed = f.result.compute
	c.waited += f.result.queued + f.claim.waited
	switch {
	case f.claim.joined, f.overdue && f.result.found != nil:
		c.joinedRemote()
	case f.claim.tookOver && !c.o.refresh:
		c.outcome, c.reason = metrics.Miss, metrics.ReasonWaitTimeout
		c.note("waited too long: took over from the other process")
	case f.result.found != nil:
		c.outcome, c.reason = metrics.Hit, metrics.NoReason
		c.serve(*f.result.found, time.Duration(c.now()-f.result.found.created))
		c.note("stored meanwhile by another process")
		return f.result.value, nil
	}
	return c.adopt(f)
}

// wait waits for somebody else's computation.
func (c *call[K, V]) wait(f *flight[V], bounded bool) (V, error) {
	if !c.o.refresh {
		c.outcome, c.reason = metrics.Coalesced, metrics.NoReason
	}
	c.note("waiting for a computation that is under way")
	c.recorder.AddWaiters(1)
	_, end := c.observe(c.ctx, metrics.Op{Kind: metrics.OpWait, Scope: metrics.ScopeProcess})
	start := clock.Now()
	timer, timeout := c.waitTimer(bounded)
	result := metrics.ResultOK
	select {
	case <-f.done:
		result = f.result.waited()
	case <-c.ctx.Done():
		result = metrics.ResultCanceled
	case <-timeout:
		result = metrics.ResultTimeout
	}
	if timer != nil {
		timer.Stop()
	}
	took := time.Duration(clock.Now() - start)
	c.waited += took
	c.recorder.AddWaiters(-1)
	c.recorder.Wait(metrics.ScopeProcess, result, took)
	end(result)
	switch result {
	case metrics.ResultCanceled:
		if c.ctx.Err() == nil {
			break // the computation was canceled, not this call
		}
		c.flights.of(f.hash).leave(f, c.ctx.Err())
		return c.gaveUp()
	case metrics.ResultTimeout:
		return c.takeOver(f)
	}
	return c.adopt(f)
}

// joinedRemote makes the call one that another process computed for.
func (c *call[K, V]) joinedRemote() {
	c.outcome, c.reason = metrics.Coalesced, metrics.NoReason
	c.note("waited for another process")
}

// waitTimer bounds the wait, by the time-out and up to a tenth more or less.
func (c *call[K, V]) waitTimer(bounded bool) (*time.Timer, <-chan time.Time) {
	if !bounded || c.waitTimeout == 0 {
		return nil, nil
	}
	t := time.NewTimer(jitter(c.waitTimeout, 0.1))
	return t, t.C
}

// takeOver follows a wait that timed out: the first caller begins a second
// computation, the others join it, and nobody begins a third.
func (c *call[K, V]) takeOver(f *flight[V]) (V, error) {
	fs := c.flights.of(c.hash)
	fs.mu.Lock()
	select {
	case <-f.done: // it landed in the same instant
		fs.mu.Unlock()
		return c.adopt(f)
	default:
	}
	if f.remote || f.last {
		if f.remote {
			f.press()
		}
		fs.mu.Unlock()
		c.note("waited too long: taking over from the other process")
		return c.wait(f, false)
	}
	second := f.second
	if second == nil {
		second = fs.current(c.text)
		if second == f {
			second = nil
		}
	}
	if second != nil {
		c.board(second)
		fs.drop(f, nil)
		fs.mu.Unlock()
		c.note("waited too long: joining a second computation")
		return c.wait(second, false)
	}
	if fs.closed {
		fs.drop(f, nil)
		fs.mu.Unlock()
		return c.bypass(metrics.ReasonDisabled)
	}
	second = c.begin(fs)
	second.last, second.overdue = true, true
	f.second = second
	fs.drop(f, nil)
	fs.mu.Unlock()
	if !c.o.refresh {
		c.outcome, c.reason = metrics.Miss, metrics.ReasonWaitTimeout
	}
	c.note("waited too long: beginning a second computation")
	return c.lead(second)
}

// jitter varies a duration at random by up to the given share of it.
func jitter(d time.Duration, share float64) time.Duration {
	return d + time.Duration(float64(d)*share*(2*rand.Float64()-1))
}
