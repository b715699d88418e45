package cachier

import (
	"context"
	"errors"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// adopt answers with what a flight came to.
func (c *call[K, V]) adopt(f *flight[V]) (V, error) {
	r := &f.result
	if r.err != nil && r.panicked == nil {
		if old := c.standIn(r); old != nil {
			c.note("computing failed, serving the old value: %v", r.err)
			return c.serveFallback(*old), nil
		}
	}
	switch {
	case r.panicked != nil:
		c.panicked, c.failure = r.panicked, metrics.ErrorPanic
		c.note("the function panicked")
	case r.err != nil:
		c.failure = failureOf(r.ended)
		c.note("computing failed: %v", r.err)
	default:
		c.cost, c.ttl, c.size = r.cost, r.ttl, r.size
		if r.found == nil {
			c.note("computed in %v", r.compute)
		}
	}
	return r.value, r.err
}

// standIn returns the old value to serve instead of a flight's error, if there
// is one: that of this call, or of the call that began the flight.
func (c *call[K, V]) standIn(r *flightResult[V]) *entry[V] {
	switch {
	case c.o.refresh:
		return nil
	case c.before != nil && c.before.standsIn:
		return c.before
	case r.standIn != nil && c.o.hasMaxAge && time.Duration(c.now()-r.standIn.created) > c.o.maxAge:
		return nil
	}
	return r.standIn
}

// serveFallback answers with an old value because computing failed.
func (c *call[K, V]) serveFallback(e entry[V]) V {
	c.outcome, c.reason = metrics.Stale, metrics.ReasonError
	age := time.Duration(c.now() - e.created)
	c.serve(e, age)
	c.pastTTL = max(age-e.ttl, 0)
	return e.value
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
