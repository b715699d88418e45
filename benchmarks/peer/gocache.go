package peer

import gocache "github.com/patrickmn/go-cache"

// goCache has no bound on its entries, and so no policy whose upkeep a hit would pay for.
type goCache[V any] struct{ cache *gocache.Cache }

func openGoCache[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	ttl := c.TTL
	if ttl <= 0 {
		ttl = gocache.NoExpiration
	}
	cache, ok := any(&goCache[V]{gocache.New(ttl, ttl)}).(Cache[K, V])
	if !ok {
		return nil, ErrKeyKind
	}
	return cache, nil
}

func (c *goCache[V]) Get(k string) (v V, ok bool) {
	if x, found := c.cache.Get(k); found {
		v, ok = x.(V)
	}
	return v, ok
}

func (c *goCache[V]) Set(k string, v V) { c.cache.SetDefault(k, v) }

func (c *goCache[V]) Hits(keys []string) (found int, last V) {
	for _, k := range keys {
		if x, ok := c.cache.Get(k); ok {
			found, last = found+1, x.(V)
		}
	}
	return found, last
}

func (c *goCache[V]) Settle() {}

func (c *goCache[V]) Close() { c.cache.Flush() }
