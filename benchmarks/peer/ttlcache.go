package peer

import "github.com/jellydator/ttlcache/v3"

type ttlCache[K comparable, V any] struct{ cache *ttlcache.Cache[K, V] }

func openTTLCache[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	cache := ttlcache.New(
		ttlcache.WithCapacity[K, V](uint64(c.Capacity)),
		ttlcache.WithTTL[K, V](c.TTL),
		// A TTL from the last write, as the others' is, and the cheaper of its two ways.
		ttlcache.WithDisableTouchOnHit[K, V](),
	)
	return &ttlCache[K, V]{cache}, nil
}

func (c *ttlCache[K, V]) Get(k K) (v V, ok bool) {
	if item := c.cache.Get(k); item != nil {
		return item.Value(), true
	}
	return v, false
}

func (c *ttlCache[K, V]) Set(k K, v V) { c.cache.Set(k, v, ttlcache.DefaultTTL) }

func (c *ttlCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if item := c.cache.Get(k); item != nil {
			found, last = found+1, item.Value()
		}
	}
	return found, last
}

func (c *ttlCache[K, V]) Settle() {}

func (c *ttlCache[K, V]) Close() { c.cache.DeleteAll() }
