package cachier

import (
	"time"

	"github.com/cachier-go/cachier/internal/s3fifo"
	"github.com/cachier-go/cachier/metrics"
)

// entry is a value with what is known about it, wherever it was found.
type entry[V any] struct {
	value   V
	created int64         // on the clock axis
	ttl     time.Duration // 0: fresh for ever
	cost    time.Duration // what computing it took; 0: unknown
	size    int64         // 0: unknown
	tier    metrics.Tier

	standsIn bool // out of date, and to be served if computing fails
}

// local is the typed tier in memory, looked up by K itself where that is
// possible, else by the key's encoding; one of the two is nil. Both are nil
// where all values are on a backend.
type local[K, V any] struct {
	direct *s3fifo.Cache[K, V]
	coded  *s3fifo.Cache[string, V]
	ttl    time.Duration // of values without their own; 0: none
}

func (l *local[K, V]) exists() bool { return l.direct != nil || l.coded != nil }

// get finds the entry of a key, in whatever state it is.
func (l *local[K, V]) get(key K, text string) (e entry[V], ok bool) {
	switch {
	case l.direct != nil:
		return found(l, l.direct.Get(l.direct.Hash(&key), &key))
	case l.coded != nil:
		return found(l, l.coded.Get(l.coded.Hash(&text), &text))
	}
	return e, false
}

func found[S, K, V any](l *local[K, V], n *s3fifo.Node[S, V]) (e entry[V], ok bool) {
	if n == nil {
		return e, false
	}
	ttl := n.TTL()
	if ttl == 0 {
		ttl = l.ttl
	}
	return entry[V]{
		value: n.Value, created: n.Created, ttl: ttl, cost: n.Cost(), size: n.Size, tier: metrics.TierLocal,
	}, true
}

// mark notes that the entry of a key was served.
func (l *local[K, V]) mark(key K, text string) {
	switch {
	case l.direct != nil:
		if n := l.direct.Get(l.direct.Hash(&key), &key); n != nil {
			n.Mark()
		}
	case l.coded != nil:
		if n := l.coded.Get(l.coded.Hash(&text), &text); n != nil {
			n.Mark()
		}
	}
}

// put stores an entry and reports whether it fits at all; what the key had
// before is gone in any case, and replaced says whether that was something. An
// entry with the tier's own TTL is stored without one.
func (l *local[K, V]) put(key K, text string, e entry[V]) (replaced, stored bool) {
	it := s3fifo.Item[V]{Value: e.value, Created: e.created, Size: e.size, Cost: e.cost}
	if e.ttl != l.ttl {
		it.TTL = e.ttl
	}
	switch {
	case l.direct != nil:
		old, ok := l.direct.Put(l.direct.Hash(&key), key, it)
		return old != nil, ok
	case l.coded != nil:
		old, ok := l.coded.Put(l.coded.Hash(&text), text, it)
		return old != nil, ok
	}
	return false, false
}

// remove takes a key out and tells whether it was there.
func (l *local[K, V]) remove(key K, text string) bool {
	switch {
	case l.direct != nil:
		return l.direct.Delete(l.direct.Hash(&key), &key) != nil
	case l.coded != nil:
		return l.coded.Delete(l.coded.Hash(&text), &text) != nil
	}
	return false
}

// evicted reports whether a key is remembered to have been evicted.
func (l *local[K, V]) evicted(key K, text string) bool {
	switch {
	case l.direct != nil:
		return l.direct.Evicted(l.direct.Hash(&key))
	case l.coded != nil:
		return l.coded.Evicted(l.coded.Hash(&text))
	}
	return false
}

func (l *local[K, V]) clear() int {
	switch {
	case l.direct != nil:
		return l.direct.Clear()
	case l.coded != nil:
		return l.coded.Clear()
	}
	return 0
}

// sweep removes the entries whose age, at now, is beyond every use, and tells
// gone of each.
func (l *local[K, V]) sweep(now int64, window time.Duration, gone func(read bool, age time.Duration)) int {
	switch {
	case l.direct != nil:
		return sweep(l, l.direct, now, window, gone)
	case l.coded != nil:
		return sweep(l, l.coded, now, window, gone)
	}
	return 0
}

func sweep[S, K, V any](l *local[K, V], c *s3fifo.Cache[S, V], now int64, window time.Duration,
	gone func(read bool, age time.Duration),
) (removed int) {
	for n := range c.All {
		e, _ := found(l, n)
		age := time.Duration(now - e.created)
		if e.ttl == 0 || age >= 0 && age-e.ttl <= window || !c.Remove(n) {
			continue
		}
		gone(n.WasRead(), age)
		removed++
	}
	return removed
}

// size is what gauges show.
func (l *local[K, V]) size() (entries int, weight int64, maxEntries int, maxWeight int64) {
	switch {
	case l.direct != nil:
		maxEntries, maxWeight = l.direct.Limits()
		return l.direct.Len(), l.direct.Weight(), maxEntries, maxWeight
	case l.coded != nil:
		maxEntries, maxWeight = l.coded.Limits()
		return l.coded.Len(), l.coded.Weight(), maxEntries, maxWeight
	}
	return 0, 0, 0, 0
}
