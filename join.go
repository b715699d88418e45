package cachier

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// join waits for the computation of the key that is under way, or begins one.
func (c *call[K, V]) join() (V, error) {
	fs := c.flights
	fs.mu.Lock()
	for try := 0; try < 2 && c.mayBeStored(try); try++ {
		fs.mu.Unlock()
		c.again = true
		value, found, err := c.lookup()
		if found || err != nil {
			return value, err
		}
		c.outcome = metrics.Miss
		fs.mu.Lock()
	}
	if f := fs.current(c.text); f != nil && c.joins(f) {
		f.waiters++
		fs.mu.Unlock()
		return c.wait(f, true)
	}
	f := c.begin(fs)
	fs.mu.Unlock()
	return c.lead(f)
}

// mayBeStored reports whether a value of the key may have been stored since the
// last look-up, so that another look is due before computing. The first time,
// anything that was stored is a reason; then only this key. The caller holds
// flights.mu.
func (c *call[K, V]) mayBeStored(try int) bool {
	if c.o.refresh || c.flights.version == c.seen {
		return false
	}
	return try == 0 || c.storedMeanwhile()
}

// joins reports whether the call may share a computation that is under way.
func (c *call[K, V]) joins(f *flight[V]) bool {
	switch {
	case c.o.refresh:
		return f.trigger == metrics.TriggerRefresh
	case c.o.hasMaxAge && c.reason == metrics.ReasonTooOld:
		return f.began >= c.began
	default:
		return true
	}
}

// begin makes and registers a flight that this call runs. The caller holds
// flights.mu.
func (c *call[K, V]) begin(fs *flights[V]) *flight[V] {
	trigger := metrics.TriggerMiss
	if c.o.refresh {
		trigger = metrics.TriggerRefresh
	}
	f := c.newFlight(c.ctx, c.text, trigger)
	f.waiters = 1
	fs.start(f)
	return f
}

// lead runs a flight and waits for it, as long as the context lasts. Where the
// context can't end, nobody could ever leave, and no goroutine is needed.
func (c *call[K, V]) lead(f *flight[V]) (V, error) {
	start := clock.Now()
	c.note("computing")
	if c.ctx.Done() == nil {
		c.fly(f, c.key, c.before)
	} else {
		go c.fly(f, c.key, c.before)
		select {
		case <-f.done:
		case <-c.ctx.Done():
			c.flights.leave(f)
			c.computed = time.Duration(clock.Now() - start)
			return c.gaveUp()
		}
	}
	c.computed = f.result.compute
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
		c.flights.leave(f)
		return c.gaveUp()
	case metrics.ResultTimeout:
		return c.takeOver(f)
	}
	return c.adopt(f)
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
	fs := c.flights
	fs.mu.Lock()
	select {
	case <-f.done: // it landed in the same instant
		fs.mu.Unlock()
		return c.adopt(f)
	default:
	}
	second := f.second
	if second == nil {
		second = fs.current(c.text)
		if second == f {
			second = nil
		}
	}
	if second != nil {
		second.waiters++
		fs.drop(f)
		fs.mu.Unlock()
		c.note("waited too long: joining a second computation")
		return c.wait(second, false)
	}
	second = c.begin(fs)
	f.second = second
	fs.drop(f)
	fs.mu.Unlock()
	if !c.o.refresh {
		c.outcome, c.reason = metrics.Miss, metrics.ReasonWaitTimeout
	}
	c.note("waited too long: beginning a second computation")
	return c.lead(second)
}

// adopt answers with what a flight came to.
func (c *call[K, V]) adopt(f *flight[V]) (V, error) {
	r := &f.result
	switch {
	case r.panicked != nil:
		c.panicked, c.failure = r.panicked, metrics.ErrorPanic
		c.note("the function panicked")
	case r.stale:
		c.outcome, c.reason = metrics.Stale, metrics.ReasonError
		c.age, c.pastTTL, c.ttl, c.cost, c.size = r.age, r.pastTTL, r.ttl, r.cost, r.size
		c.note("computing failed, serving the old value: %v", r.err)
		return r.value, nil
	case r.err != nil:
		c.failure = failureOf(r.ended)
		c.note("computing failed: %v", r.err)
	default:
		c.cost, c.ttl, c.size = r.cost, r.ttl, r.size
		c.note("computed in %v", r.compute)
	}
	return r.value, r.err
}

// gaveUp is the answer of a call whose context ended.
func (c *call[K, V]) gaveUp() (value V, err error) {
	c.failure = endOf(c.ctx)
	c.note("gave up: %v", c.ctx.Err())
	return value, c.ctx.Err()
}

// failureOf says what kind of error a computation that failed gives its callers.
func failureOf(ended metrics.Result) metrics.ErrorKind {
	switch ended {
	case metrics.ResultCanceled:
		return metrics.ErrorCanceled
	case metrics.ResultTimeout:
		return metrics.ErrorDeadline
	default:
		return metrics.ErrorFunction
	}
}

// endOf says how a context ended.
func endOf(ctx context.Context) metrics.ErrorKind {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return metrics.ErrorDeadline
	}
	return metrics.ErrorCanceled
}

// jitter varies a duration at random by up to the given share of it.
func jitter(d time.Duration, share float64) time.Duration {
	return d + time.Duration(float64(d)*share*(2*rand.Float64()-1))
}
