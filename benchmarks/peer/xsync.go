package peer

import "github.com/puzpuzpuz/xsync/v4"

// xsyncMap is no cache: no bound, no TTL, no policy. It is the look-up alone, which everything else adds to.
type xsyncMap[K comparable, V any] struct{ m *xsync.Map[K, V] }

func openXSync[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return &xsyncMap[K, V]{xsync.NewMap[K, V](xsync.WithPresize(c.Capacity))}, nil
}

func (c *xsyncMap[K, V]) Get(k K) (V, bool) { return c.m.Load(k) }

func (c *xsyncMap[K, V]) Set(k K, v V) { c.m.Store(k, v) }

func (c *xsyncMap[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.m.Load(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

func (c *xsyncMap[K, V]) Settle() {}

func (c *xsyncMap[K, V]) Close() { c.m.Clear() }
