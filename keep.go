package cachier

import (
	"context"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/cachier-go/cachier/internal/footprint"
	"github.com/cachier-go/cachier/internal/s3fifo"
	"github.com/cachier-go/cachier/metrics"
)

// sizing says which values are measured when they are stored.
type sizing uint8

const (
	sizeSome sizing = iota // one in sizeSample, for the distribution of sizes
	sizeAll                // each, because something depends on it
)

const sizeSample = 16

// keep stores a computed value and tells whether it differs from the one that
// it replaces: before, or else what is in memory now.
func (e *engine[K, V]) keep(ctx context.Context, text string, key K, r *flightResult[V], before *entry[V]) metrics.Change {
	change := metrics.ChangeUnknown
	if before == nil {
		if old, ok := e.local.get(key, text); ok {
			before = &old
		}
	}
	if before != nil && e.equal != nil {
		change = metrics.Changed
		if e.equal(before.value, r.value) {
			change = metrics.Unchanged
		}
	}
	en := entry[V]{value: r.value, created: e.now(), cost: r.cost}
	if !e.admit(key, &en) {
		e.local.remove(key, text) // what it would have replaced is out of date
		return change
	}
	r.ttl, r.size = en.ttl, en.size
	if e.store != nil {
		err := e.store.set(ctx, text, &en, e.sizeLimit)
		r.size = en.size
		if err != nil {
			e.local.remove(key, text)
			return change
		}
	} else if en.size > 0 {
		e.recorder.Stored(en.size)
	}
	e.putLocal(key, text, en)
	if e.errors != nil {
		e.forgetError(text)
	}
	return change
}

// admit settles the TTL and the size of a new entry and reports whether it may
// be stored at all.
func (e *engine[K, V]) admit(key K, en *entry[V]) bool {
	if e.refuseNil && isNil(en.value) {
		e.recorder.Reject(metrics.RejectNil, 0)
		return false
	}
	en.ttl = e.ttl
	if e.ttlFunc != nil {
		if ttl := e.ttlFunc(key, en.value); ttl != 0 {
			en.ttl = ttl
		}
		if en.ttl < 0 {
			return false
		}
	}
	if e.ttlJitter > 0 && en.ttl > 0 {
		en.ttl -= time.Duration(float64(en.ttl) * e.ttlJitter * rand.Float64())
	}
	if e.store == nil || e.sizer != nil {
		en.size = e.sizeOf(key, &en.value)
	}
	if e.sizeLimit > 0 && en.size > e.sizeLimit {
		e.recorder.Reject(metrics.RejectSizeLimit, en.size)
		return false
	}
	return true
}

// sizeOf measures an entry; 0: not measured.
func (e *engine[K, V]) sizeOf(key K, value *V) int64 {
	switch {
	case e.sizer != nil:
		return max(e.sizer(key, *value), 0)
	case e.sizing == sizeAll || rand.Uint32N(sizeSample) == 0:
		return footprint.Of(&key) + footprint.Of(value)
	default:
		return 0
	}
}

// putLocal stores an entry in the tier in memory, for no longer than that tier
// may keep it.
func (e *engine[K, V]) putLocal(key K, text string, en entry[V]) {
	if !e.local.exists() {
		return
	}
	if e.store != nil {
		// What is left of its TTL, and no more than another instance's change
		// may stay unseen. Stale values are served from the backend only.
		left := e.local.ttl
		if en.ttl > 0 {
			left = min(left, en.ttl-time.Duration(e.now()-en.created))
		}
		if left <= 0 {
			return
		}
		en.ttl = left + time.Duration(e.now()-en.created)
	}
	if e.sizing == sizeSome {
		en.size = 0 // a sum of some of the sizes would be no size
	}
	if !e.local.put(key, text, en) {
		e.recorder.Reject(metrics.RejectSizeLimit, en.size)
	}
}

// keepError remembers a function's error.
func (e *engine[K, V]) keepError(text string, err error) {
	e.errors.Put(e.errors.Hash(&text), text, s3fifo.Item[error]{Value: err, Created: e.now()})
}

func (e *engine[K, V]) forgetError(text string) {
	e.errors.Delete(e.errors.Hash(&text), &text)
}

// keptError returns the remembered error of the call's key.
func (c *call[K, V]) keptError() (error, bool) {
	n := c.errors.Get(c.errors.Hash(&c.text), &c.text)
	if n == nil {
		return nil, false
	}
	age := time.Duration(c.now() - n.Created)
	if age < 0 || age > c.errTTL || c.o.hasMaxAge && age > c.o.maxAge {
		return nil, false
	}
	n.Mark()
	c.age = age
	return n.Value, true
}

// isNil reports whether a value of a type that can be nil is.
func isNil[V any](v V) bool {
	r := reflect.ValueOf(&v).Elem()
	return r.IsNil()
}
