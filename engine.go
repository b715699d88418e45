package cachier

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/keyform"
	"github.com/cachier-go/cachier/internal/s3fifo"
	"github.com/cachier-go/cachier/internal/stripe"
	"github.com/cachier-go/cachier/metrics"
)

// engine is a Func with its options resolved. All but what is said to change
// is set before it is published.
type engine[K, V any] struct {
	name     string
	fn       func(context.Context, K) (V, error)
	text     func(K) string // encodes a key
	keyHash  func(K) uint64 // the stable hash of that, without making it
	recorder *metrics.Recorder
	slots    *stripe.Set // counts the hits of the fast path; nil: see hot
	now      func() int64
	pinned   func() int64 // now, where it is not the real clock

	freshness
	ttl        time.Duration
	ttlFunc    func(K, V) time.Duration
	ttlJitter  float64
	exactClock bool

	local   local[K, V]
	notices *notices[K] // what is told of the keys in it; nil: nothing is
	store   *store[V]   // nil: memory only
	errors  *s3fifo.Cache[string, error]
	errTTL  time.Duration
	flights *flightShards[V]
	turns   *turns // bounds the computations under way; nil: no bound

	lease          time.Duration // how long a claim on the backend lasts
	waitTimeout    time.Duration
	computeTimeout time.Duration
	strict         bool

	sizer     func(K, V) int64
	sizing    sizing
	sizeLimit int64
	refuseNil bool
	clone     func(V) V
	equal     func(a, b V) bool // nil: values can't be compared
	price     func(K, V) float64

	kind     string // of the store
	logs     logs
	observer metrics.Observer

	cleaner cleaner
	closed  atomic.Bool
}

// newEngine resolves a configuration for a Func, or says which option does not
// fit it.
func newEngine[K, V any](f *Func[K, V], c *config) (*engine[K, V], error) {
	e := &engine[K, V]{
		name: f.name, fn: f.fn, recorder: f.recorder, flights: newFlightShards[V](),
		freshness: freshness{serve: c.staleServe, fallback: c.staleError, ahead: c.refreshAhead},
		ttl:       c.ttl, exactClock: c.exactClock, errTTL: c.errorTTL,
		lease: c.lease, waitTimeout: c.waitTimeout, computeTimeout: c.computeTimeout, strict: c.strict,
		sizeLimit: c.entrySizeLimit, refuseNil: c.refuseNil, cleaner: cleaner{every: c.cleanup},
		kind: storeKind(c), observer: c.observer, now: clock.Now,
		logs: logs{name: f.name, logger: c.logger, reveal: c.revealKeys},
	}
	if c.now != nil {
		e.now, e.pinned = c.now, c.now
	}
	if c.maxComputes > 0 {
		e.turns = &turns{free: c.maxComputes}
	}
	if err := e.check(c); err != nil {
		return nil, err
	}
	if err := e.hooks(c); err != nil {
		return nil, err
	}
	form, err := e.keys(c)
	if err != nil {
		return nil, err
	}
	if err := e.tiers(c, form); err != nil {
		return nil, err
	}
	if err := e.counting(c); err != nil {
		return nil, err
	}
	return e, nil
}

// at is now, where the real clock has just been read.
func (e *engine[K, V]) at(reading int64) int64 {
	if e.pinned != nil {
		return e.pinned()
	}
	return reading
}

// keys settles how keys are encoded, and whether they are looked up as they
// are: then it returns their form.
func (e *engine[K, V]) keys(c *config) (direct *keyform.Form, err error) {
	if c.key != nil {
		if e.text, err = hook[func(K) string]("WithKey", c.key); err != nil {
			return nil, err
		}
		e.keyHash = func(k K) uint64 { return keyform.StableHash(e.text(k)) }
		return nil, nil
	}
	form, err := keyform.Of(reflect.TypeFor[K]())
	if err != nil {
		return nil, err
	}
	if form.Kind == keyform.String {
		e.text = func(k K) string { return *(*string)(unsafe.Pointer(&k)) }
		e.keyHash = func(k K) uint64 { return keyform.StableHash(e.text(k)) }
	} else {
		e.text = func(k K) string { return string(keyform.AppendAny(form, nil, &k)) }
		e.keyHash = func(k K) uint64 {
			buf := keyBuffers.Get().(*[]byte)
			*buf = keyform.AppendAny(form, (*buf)[:0], &k)
			h := keyform.StableHash(unsafe.String(unsafe.SliceData(*buf), len(*buf)))
			keyBuffers.Put(buf)
			return h
		}
	}
	if !form.Direct {
		return nil, nil
	}
	return form, nil
}

// keyBuffers hold encoded keys of which only the hash is wanted.
var keyBuffers = sync.Pool{New: func() any { return new([]byte) }}

// tiers makes the tier in memory and the store, as configured.
func (e *engine[K, V]) tiers(c *config, direct *keyform.Form) (err error) {
	if c.errorTTL > 0 {
		limit := c.maxEntries
		if limit == 0 {
			limit = DefaultMaxEntries
		}
		if e.errors, err = s3fifo.New(s3fifo.Config[string, error]{MaxEntries: limit}); err != nil {
			return err
		}
	}
	e.ttlJitter = c.ttlJitter
	e.local.ttl = c.ttl
	maxEntries, maxWeight := c.maxEntries, c.maxWeight
	if c.backend != nil {
		if e.store, err = newStore(e, c); err != nil {
			return err
		}
		if !c.hasJitter {
			e.ttlJitter = 0.1
		}
		if !c.local {
			return nil
		}
		maxEntries, maxWeight = c.localMax, 0
		e.local.ttl = c.localTTL
		if e.store.watch != nil {
			e.notices = newNotices[K](c.localMax)
			e.store.watch.told = e.told
		}
	} else if maxEntries == 0 && maxWeight == 0 {
		maxEntries = DefaultMaxEntries
	}
	if direct != nil {
		e.local.direct, err = s3fifo.New(s3fifo.Config[K, V]{
			MaxEntries: maxEntries, MaxWeight: maxWeight, Evicted: evicted[K, K, V](e),
		})
		return err
	}
	e.local.coded, err = s3fifo.New(s3fifo.Config[string, V]{
		MaxEntries: maxEntries, MaxWeight: maxWeight, Evicted: evicted[string, K, V](e),
	})
	return err
}

// evicted counts what had to make room. The tier's lock is not held any more,
// but others may be, such as flights.mu and notices.mu.
func evicted[S, K, V any](e *engine[K, V]) func(*s3fifo.Node[S, V]) {
	return func(n *s3fifo.Node[S, V]) {
		e.removed(metrics.RemovalCapacity, n.WasRead(), time.Duration(e.now()-n.Created))
	}
}

// removed counts an entry that left the tier in memory.
func (e *engine[K, V]) removed(reason metrics.Removal, read bool, age time.Duration) {
	was := metrics.ReadNo
	if read {
		was = metrics.ReadYes
	}
	e.recorder.Remove(metrics.RemovalEvent{
		Tier: metrics.TierLocal, Reason: reason, Read: was, Count: 1, Age: max(age, metrics.Unknown),
	})
}

// counting makes the counter of the fast path, which also keeps its clock.
// Where neither is needed there is none.
func (e *engine[K, V]) counting(c *config) error {
	expires := e.local.ttl > 0 || e.ttlFunc != nil
	if !e.local.exists() || c.withoutMetrics && !expires {
		return nil
	}
	rate, fixed := c.sampling.Rate()
	switch {
	case c.withoutMetrics:
		rate = 0
	case !fixed:
		rate = -1
	}
	shortest := time.Duration(float64(e.local.ttl) * (1 - e.ttlJitter))
	e.slots = stripe.New(stripe.Config{
		Rate:  rate,
		Clock: expires,
		Exact: c.exactClock || e.pinned != nil || e.ttlFunc != nil || shortest < time.Second,
	})
	return nil
}

// hotOf makes what the fast path needs of an engine and one of its caches.
func hotOf[S, K, V any](e *engine[K, V], cache *s3fifo.Cache[S, V]) *hot[S, K, V] {
	h := &hot[S, K, V]{
		cache: cache, slots: e.slots, fresh: noLimit, now: e.pinned, clone: e.clone, recorder: e.recorder,
		price: e.price, text: e.text, keyHash: e.keyHash, reveal: e.logs.reveal,
		margin: e.ahead, variable: e.ttlFunc != nil || e.ttlJitter > 0 || e.store != nil,
	}
	if e.store != nil {
		h.margin = 0 // what is ahead, only the backend's entry tells
	}
	switch {
	case e.local.ttl > 0:
		h.fresh = uint64(max(e.local.ttl-h.margin, 0) + slack)
	case e.ttlFunc != nil:
		h.fresh = 1<<63 - 1 // but for those with a TTL of their own
	}
	return h
}

// start begins the background work of an engine.
func (e *engine[K, V]) start(closed bool) {
	e.closed.Store(closed)
	if closed {
		for i := range e.flights {
			e.flights[i].closed = true
		}
		return
	}
	if e.store != nil {
		e.store.circuits, e.store.giveBack = circuitsOf(e.store.backend)
	}
	if e.notices != nil {
		e.store.watch.use() // until close
	}
	e.cleaner.start(func(ctx context.Context) {
		if _, err := e.sweep(ctx); err != nil && ctx.Err() == nil {
			e.logs.failed("cleanup", err)
		}
	})
}

func (e *engine[K, V]) close(ctx context.Context) error {
	e.closed.Store(true)
	if e.store == nil {
		return errors.Join(e.cleaner.stop(ctx), e.flights.close(ctx))
	}
	e.store.giveBack()
	e.store.untold()
	return errors.Join(e.cleaner.stop(ctx), e.flights.close(ctx), e.store.watch.close(ctx), e.store.census.close(ctx))
}
