package peer

import "github.com/bluele/gcache"

type gCache[K comparable, V any] struct{ cache gcache.Cache }

func openGCache[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	b := gcache.New(c.Capacity).LRU()
	if c.TTL > 0 {
		b = b.Expiration(c.TTL)
	}
	return &gCache[K, V]{b.Build()}, nil
}

func (c *gCache[K, V]) Get(k K) (v V, ok bool) {
	if x, err := c.cache.Get(k); err == nil {
		v, ok = x.(V)
	}
	return v, ok
}

func (c *gCache[K, V]) Set(k K, v V) { _ = c.cache.Set(k, v) }

func (c *gCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if x, err := c.cache.Get(k); err == nil {
			found, last = found+1, x.(V)
		}
	}
	return found, last
}

func (c *gCache[K, V]) Settle() {}

func (c *gCache[K, V]) Close() { c.cache.Purge() }
