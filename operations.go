package cachier

import (
	"context"
	"errors"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// Peek returns the stored value of key if there is a fresh one. It computes
// nothing, counts no call, and does not count as an access of the entry. The
// error is the backend's, or [ErrBlocked].
func (f *Func[K, V]) Peek(ctx context.Context, key K) (value V, ok bool, err error) {
	e, err := f.engine()
	if err != nil {
		return value, false, err
	}
	defer e.measure(metrics.OperationPeek, func() metrics.Result {
		if err == nil && !ok {
			return metrics.ResultNotFound
		}
		return errorResult(ctx, err)
	})()
	text := e.text(key)
	en, ok := e.local.get(key, text)
	if ok && e.isFresh(en) {
		return e.copied(en.value), true, nil
	}
	if e.store == nil {
		return value, false, nil
	}
	if !e.store.cleared(ctx, text) {
		return value, false, ErrBlocked
	}
	en, reason, err := e.store.get(ctx, text)
	if reason != metrics.NoReason || !e.isFresh(en) {
		return value, false, err
	}
	return e.copied(en.value), true, nil
}

// Put stores a value for key, as if it had just been computed. What
// computations that are under way come to is not stored after it. On a backend
// that fails, Put returns an error, a *[backend.Error].
func (f *Func[K, V]) Put(ctx context.Context, key K, value V) (err error) {
	e, err := f.engine()
	if err != nil {
		return err
	}
	defer e.measure(metrics.OperationPut, func() metrics.Result { return errorResult(ctx, err) })()
	text := e.text(key)
	end, alone, err := e.flights.invalidate(ctx, text)
	defer end()
	defer e.settle(text, &err)() // before end: no reader comes in between
	if err != nil {
		return err
	}
	if e.errors != nil {
		e.forgetError(text)
	}
	en := entry[V]{value: e.copied(value), created: e.now()}
	if !e.admit(key, &en) {
		return e.remove(ctx, key, text)
	}
	dropped := e.store != nil && e.local.remove(key, text)
	if err := e.put(ctx, key, text, &en, opPut, nil); err != nil && e.store != nil {
		if dropped {
			e.invalidated(metrics.TierLocal, metrics.RemovalInvalidated, 1)
		}
		return err
	}
	if e.store != nil && !alone() {
		e.drop(key, text) // another one may have come after it
	}
	return nil
}

// Delete removes the entry of key. A key that has none is no error. What
// computations that are under way come to is not stored after it.
func (f *Func[K, V]) Delete(ctx context.Context, key K) (err error) {
	e, err := f.engine()
	if err != nil {
		return err
	}
	defer e.measure(metrics.OperationDelete, func() metrics.Result { return errorResult(ctx, err) })()
	text := e.text(key)
	end, _, err := e.flights.invalidate(ctx, text)
	defer end()
	defer e.settle(text, &err)() // before end: no reader comes in between
	if err != nil {
		return err
	}
	if e.errors != nil {
		e.forgetError(text)
	}
	return e.remove(ctx, key, text)
}

// remove takes an entry out of all tiers.
func (e *engine[K, V]) remove(ctx context.Context, key K, text string) error {
	e.drop(key, text)
	if e.store == nil {
		return nil
	}
	err := e.store.delete(ctx, text)
	e.drop(key, text) // a reader may have put it back meanwhile
	return err
}

// drop takes an entry out of the tier in memory because it must not be served
// any more.
func (e *engine[K, V]) drop(key K, text string) {
	if e.local.remove(key, text) {
		e.invalidated(metrics.TierLocal, metrics.RemovalInvalidated, 1)
	}
}

// dropAll empties the tier in memory.
func (e *engine[K, V]) dropAll() {
	if n := e.local.clear(); n > 0 {
		e.invalidated(metrics.TierLocal, metrics.RemovalCleared, n)
	}
}

// Clear removes all entries of this Func, in every version of its values, and
// no others. What computations that are under way come to is not stored after
// it.
func (f *Func[K, V]) Clear(ctx context.Context) (err error) {
	e, err := f.engine()
	if err != nil {
		return err
	}
	defer e.measure(metrics.OperationClear, func() metrics.Result { return errorResult(ctx, err) })()
	end, err := e.flights.invalidateAll(ctx)
	defer end()
	defer e.settleAll(&err)() // before end: no reader comes in between
	if err != nil {
		return err
	}
	if e.errors != nil {
		e.errors.Clear()
	}
	e.dropAll()
	if e.store == nil {
		return nil
	}
	err = e.store.clear(ctx)
	e.dropAll() // of what readers have put back meanwhile
	return err
}

func (e *engine[K, V]) invalidated(t metrics.Tier, reason metrics.Removal, n int) {
	e.recorder.Remove(metrics.RemovalEvent{Tier: t, Reason: reason, Count: uint64(n), Age: metrics.Unknown})
}

// Cleanup removes the entries that are past every use: their TTL and the
// windows in which stale values are served are over. It returns how many.
func (f *Func[K, V]) Cleanup(ctx context.Context) (removed int, err error) {
	e, err := f.engine()
	if err != nil {
		return 0, err
	}
	return e.sweep(ctx)
}

func (e *engine[K, V]) sweep(ctx context.Context) (removed int, err error) {
	defer e.measure(metrics.OperationCleanup, func() metrics.Result { return errorResult(ctx, err) })()
	removed = e.local.sweep(e.now(), e.longest(), func(read bool, age time.Duration) {
		e.removed(metrics.RemovalExpired, read, age)
	})
	if e.errors != nil {
		for n := range e.errors.All {
			if age := time.Duration(e.now() - n.Created); age < 0 || age > e.errTTL {
				e.errors.Remove(n)
			}
		}
	}
	if e.store == nil {
		return removed, nil
	}
	n, err := e.store.cleanup(ctx)
	if n > 0 {
		e.invalidated(metrics.TierBackend, metrics.RemovalExpired, n)
	}
	return removed + n, err
}

// ReleaseLocks frees every lease that is held for a key of this Func, such as
// those of processes that died, so that nobody waits for them. It does nothing
// where the store has no leases.
func (f *Func[K, V]) ReleaseLocks(ctx context.Context) error {
	e, err := f.engine()
	if err != nil || e.store == nil {
		return err
	}
	return e.store.release(ctx)
}

// measure times an operation that is not a call; defer what it returns.
func (e *engine[K, V]) measure(op metrics.Operation, result func() metrics.Result) (done func()) {
	start := clock.Now()
	return func() { e.recorder.Operation(op, result(), time.Duration(clock.Now()-start)) }
}

func (e *engine[K, V]) isFresh(en entry[V]) bool {
	s := e.judge(time.Duration(e.now()-en.created), en.ttl, &callOptions{})
	return s == fresh || s == ahead
}

func (e *engine[K, V]) copied(v V) V {
	if e.clone != nil {
		return e.clone(v)
	}
	return v
}

// errorResult says how something ended that returns an error.
func errorResult(ctx context.Context, err error) metrics.Result {
	switch {
	case err == nil:
		return metrics.ResultOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return metrics.ResultCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return metrics.ResultTimeout
	case errors.Is(err, backend.ErrNotFound):
		return metrics.ResultNotFound
	default:
		return metrics.ResultError
	}
}
