package peer

import (
	"time"

	"github.com/Yiling-J/theine-go"
)

type theineCache[K comparable, V any] struct {
	cache *theine.Cache[K, V]
	ttl   time.Duration
}

func openTheine[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	cache, err := theine.NewBuilder[K, V](int64(c.Capacity)).Build()
	if err != nil {
		return nil, err
	}
	return &theineCache[K, V]{cache, c.TTL}, nil
}

func (c *theineCache[K, V]) Get(k K) (V, bool) { return c.cache.Get(k) }

func (c *theineCache[K, V]) Set(k K, v V) { c.cache.SetWithTTL(k, v, 1, c.ttl) }

func (c *theineCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.cache.Get(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

func (c *theineCache[K, V]) Settle() { c.cache.Wait() }

func (c *theineCache[K, V]) Close() { c.cache.Close() }
