package peer

import (
	"time"

	"github.com/dgraph-io/ristretto/v2"
	"github.com/dgraph-io/ristretto/v2/z"
)

type ristrettoCache[K z.Key, V any] struct {
	cache *ristretto.Cache[K, V]
	ttl   time.Duration
}

func newRistretto[K z.Key, V any](capacity int, ttl time.Duration, metrics bool) (any, error) {
	cache, err := ristretto.NewCache(&ristretto.Config[K, V]{
		NumCounters:        int64(capacity) * 10, // what its documentation recommends
		MaxCost:            int64(capacity),
		BufferItems:        64, // the same
		Metrics:            metrics,
		IgnoreInternalCost: true, // the capacity is in entries, as the others' is
	})
	if err != nil {
		return nil, err
	}
	return &ristrettoCache[K, V]{cache, ttl}, nil
}

// openRistretto goes by the kind of K, because ristretto's key type is narrower than comparable.
func openRistretto[K comparable, V any](c Config[K, V], metrics bool) (Cache[K, V], error) {
	var (
		zero   K
		opened any
		err    error
	)
	switch any(zero).(type) {
	case string:
		opened, err = newRistretto[string, V](c.Capacity, c.TTL, metrics)
	case int:
		opened, err = newRistretto[int, V](c.Capacity, c.TTL, metrics)
	default:
		err = ErrKeyKind
	}
	if err != nil {
		return nil, err
	}
	return opened.(Cache[K, V]), nil
}

func openRistrettoOff[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return openRistretto(c, false)
}

func openRistrettoOn[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return openRistretto(c, true)
}

func (c *ristrettoCache[K, V]) Get(k K) (V, bool) { return c.cache.Get(k) }

// Set waits where the buffer of writes is full, instead of losing the write.
func (c *ristrettoCache[K, V]) Set(k K, v V) {
	for range 3 {
		if c.cache.SetWithTTL(k, v, 1, c.ttl) {
			return
		}
		c.cache.Wait()
	}
}

func (c *ristrettoCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.cache.Get(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

func (c *ristrettoCache[K, V]) Settle() { c.cache.Wait() }

func (c *ristrettoCache[K, V]) Close() { c.cache.Close() }
