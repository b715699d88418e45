package cachier

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/cachier-go/cachier/backend"
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

// keep stores what a flight has computed and tells whether that differs from
// what it replaces: before, or else what is in memory now.
func (e *engine[K, V]) keep(f *flight[V], key K, before *entry[V]) metrics.Change {
	text, r, change := f.key, &f.result, metrics.ChangeUnknown
	if e.errors != nil {
		e.forgetError(text)
	}
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
	en := entry[V]{value: r.value, created: r.made, cost: r.cost}
	stored, lost := false, false
	if e.admit(key, &en) {
		err := e.put(f.ctx, key, text, &en, opSet, f.claim.of())
		stored, lost = err == nil, errors.Is(err, backend.ErrLeaseLost)
	}
	r.size = en.size
	f.claim.stored = stored
	if stored {
		r.ttl = en.ttl
		return change
	}
	// What it would have replaced is out of date, wherever it is, unless the
	// lease was lost: then it is for whoever has taken it, or an invalidation.
	e.drop(key, text)
	if e.store != nil && !lost && (before != nil || f.trigger == metrics.TriggerRefresh) {
		_ = e.store.delete(f.ctx, text) // counted and logged
	}
	return change
}

// put stores an admitted entry in all tiers and settles its size.
func (e *engine[K, V]) put(ctx context.Context, key K, text string, en *entry[V], op operation, lease backend.Lease) error {
	if e.store != nil {
		since := e.expect(text)
		if err := e.store.set(ctx, text, en, e.sizeLimit, op, lease); err != nil {
			e.unexpect(since)
			return err
		}
		if !e.putLocal(key, text, *en, since) {
			e.drop(key, text) // what it replaces
		}
		return nil
	}
	if !e.putLocal(key, text, *en, notice{}) {
		return errTooHeavy
	}
	if en.size > 0 {
		e.recorder.Stored(en.size)
	}
	return nil
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
// may keep it, and reports whether it has. since is what had been told of the
// key before the entry was stored on the backend, or fetched from there.
func (e *engine[K, V]) putLocal(key K, text string, en entry[V], since notice) bool {
	if !e.local.exists() {
		return false
	}
	if e.store != nil {
		// What is left until it is due to be refreshed or out of date, which is
		// for the backend to tell, and no more than another instance's change may
		// stay unseen.
		left := e.local.ttl
		if en.ttl > 0 {
			left = min(left, en.ttl-e.ahead-time.Duration(e.now()-en.created))
		}
		if left <= 0 {
			return false
		}
		en.ttl = left + time.Duration(e.now()-en.created)
	}
	if e.sizing == sizeSome {
		en.size = 0 // a sum of some of the sizes would be no size
	}
	return e.enter(key, text, en, since)
}

// place puts an entry into the tier in memory and reports whether it fits. If
// it doesn't, what its key had before is gone too.
func (e *engine[K, V]) place(key K, text string, en entry[V]) bool {
	replaced, stored := e.local.put(key, text, en)
	if !stored {
		e.recorder.Reject(metrics.RejectSizeLimit, en.size)
		if replaced {
			e.invalidated(metrics.TierLocal, metrics.RemovalInvalidated, 1)
		}
	}
	return stored
}

// keepError remembers a function's error.
func (e *engine[K, V]) keepError(text string, err error) {
	e.errors.Put(e.errors.Hash(&text), text, s3fifo.Item[error]{Value: err, Created: e.now()})
}

func (e *engine[K, V]) forgetError(text string) {
	e.errors.Delete(e.errors.Hash(&text), &text)
}

// keptError returns the remembered error of the call's key.
func (c *call[K, V]) keptError() (age time.Duration, ok bool, kept error) {
	n := c.errors.Get(c.errors.Hash(&c.text), &c.text)
	if n == nil {
		return 0, false, nil
	}
	age = time.Duration(c.now() - n.Created)
	if age < 0 || age > c.errTTL || c.o.hasMaxAge && age > c.o.maxAge {
		return 0, false, nil
	}
	n.Mark()
	return age, true, n.Value
}

// isNil reports whether a value of a type that can be nil is.
func isNil[V any](v V) bool {
	r := reflect.ValueOf(&v).Elem()
	return r.IsNil()
}
