package peer

import "github.com/hashicorp/golang-lru/v2/expirable"

type golangLRUCache[K comparable, V any] struct{ cache *expirable.LRU[K, V] }

func openGolangLRU[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return &golangLRUCache[K, V]{expirable.NewLRU[K, V](c.Capacity, nil, c.TTL)}, nil
}

func (c *golangLRUCache[K, V]) Get(k K) (V, bool) { return c.cache.Get(k) }

func (c *golangLRUCache[K, V]) Set(k K, v V) { c.cache.Add(k, v) }

func (c *golangLRUCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.cache.Get(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

func (c *golangLRUCache[K, V]) Settle() {}

// Close can't end the goroutine that removes expired entries: v2.0.7 has nothing for it. It lets go of the entries.
func (c *golangLRUCache[K, V]) Close() { c.cache.Purge() }
