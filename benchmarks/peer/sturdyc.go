package peer

import (
	"context"
	"time"

	"github.com/viccon/sturdyc"
)

// sturdycShards is few, so that no shard is full, and evicts, while the cache as a whole has room.
const sturdycShards = 10

// sturdycForever stands for no TTL, which sturdyc doesn't have.
const sturdycForever = 10 * 365 * 24 * time.Hour

type sturdycCache[V any] struct {
	cache *sturdyc.Client[V]
	fetch func(context.Context, string) (V, error)
}

func openSturdyc[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	load, ok := any(c.load()).(func(context.Context, string) (V, error))
	if !ok {
		return nil, ErrKeyKind
	}
	ttl := c.TTL
	if ttl <= 0 {
		ttl = sturdycForever
	}
	// Its continuous evictions can't be stopped; entries past their TTL are judged when read all the same.
	cache := sturdyc.New[V](c.Capacity, sturdycShards, ttl, 10, sturdyc.WithNoContinuousEvictions())
	return any(&sturdycCache[V]{cache, load}).(Cache[K, V]), nil
}

func (c *sturdycCache[V]) Get(k string) (V, bool) { return c.cache.Get(k) }

func (c *sturdycCache[V]) Set(k string, v V) { c.cache.Set(k, v) }

func (c *sturdycCache[V]) Hits(keys []string) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.cache.Get(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

// Load wraps the function for each call, as its documentation shows: the key reaches sturdyc's function only so.
func (c *sturdycCache[V]) Load(ctx context.Context, k string) (V, error) {
	return c.cache.GetOrFetch(ctx, k, func(ctx context.Context) (V, error) { return c.fetch(ctx, k) })
}

func (c *sturdycCache[V]) Settle() {}

func (c *sturdycCache[V]) Close() {}
