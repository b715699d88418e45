package peer

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/maypok86/otter/v2/stats"
)

type otterCache[K comparable, V any] struct {
	cache  *otter.Cache[K, V]
	loader otter.Loader[K, V]
	clock  *otter.CoarseClock // nil: the default clock
}

func newOtter[K comparable, V any](c Config[K, V], o *otter.Options[K, V]) (*otterCache[K, V], error) {
	o.MaximumSize = c.Capacity
	if c.TTL > 0 {
		o.ExpiryCalculator = otter.ExpiryWriting[K, V](c.TTL)
	}
	cache, err := otter.New(o)
	if err != nil {
		return nil, err
	}
	return &otterCache[K, V]{cache: cache, loader: otter.LoaderFunc[K, V](c.load())}, nil
}

func openOtterOff[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newOtter(c, &otter.Options[K, V]{})
}

func openOtterOn[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newOtter(c, &otter.Options[K, V]{StatsRecorder: stats.NewCounter()})
}

func openOtterCoarse[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	clock := otter.NewCoarseClock(time.Millisecond)
	o, err := newOtter(c, &otter.Options[K, V]{StatsRecorder: stats.NewCounter(), Clock: clock})
	if err != nil {
		return nil, err
	}
	o.clock = clock
	return o, nil
}

// OpenOtterSynchronous opens otter with its policy's maintenance run in the caller, by its Executor option, so that
// hit ratios don't depend on when a goroutine gets to run. Hits on it are slower than users'.
func OpenOtterSynchronous[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newOtter(c, &otter.Options[K, V]{Executor: func(fn func()) { fn() }})
}

func (c *otterCache[K, V]) Get(k K) (V, bool) { return c.cache.GetIfPresent(k) }

func (c *otterCache[K, V]) Set(k K, v V) { c.cache.Set(k, v) }

func (c *otterCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.cache.GetIfPresent(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

func (c *otterCache[K, V]) Load(ctx context.Context, k K) (V, error) {
	return c.cache.Get(ctx, k, c.loader)
}

func (c *otterCache[K, V]) Settle() { c.cache.CleanUp() }

func (c *otterCache[K, V]) Close() {
	c.cache.InvalidateAll()
	c.cache.StopAllGoroutines()
	if c.clock != nil {
		c.clock.Stop()
	}
}
