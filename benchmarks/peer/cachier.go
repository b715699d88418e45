package peer

import (
	"context"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

type cachierCache[K comparable, V any] struct{ f *cachier.Func[K, V] }

// newCachier gives every Func a registry of its own: a benchmark opens thousands, and the default registry would keep
// the totals of all of them.
func newCachier[K comparable, V any](c Config[K, V], opts ...cachier.Option) (Cache[K, V], error) {
	opts = append(opts, cachier.WithMaxEntries(c.Capacity), cachier.WithRegistry(metrics.NewRegistry()))
	if c.TTL > 0 {
		opts = append(opts, cachier.WithTTL(c.TTL))
	}
	f, err := cachier.New("bench", c.load(), opts...)
	if err != nil {
		return nil, err
	}
	return &cachierCache[K, V]{f}, nil
}

func openCachier[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newCachier(c)
}

func openCachierSampling0[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newCachier(c, cachier.WithSampling(0))
}

func openCachierSampling1[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newCachier(c, cachier.WithSampling(1))
}

func openCachierOff[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newCachier(c, cachier.WithoutMetrics())
}

func openCachierNoTTL[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	c.TTL = time.Duration(0)
	return newCachier(c, cachier.WithoutMetrics())
}

// Get is a whole call, not Peek: Peek leaves no access mark and isn't what users pay for. Without Config.Load a missing
// key costs a failed computation.
func (c *cachierCache[K, V]) Get(k K) (V, bool) {
	v, err := c.f.Call(context.Background(), k)
	return v, err == nil
}

func (c *cachierCache[K, V]) Set(k K, v V) { _ = c.f.Put(context.Background(), k, v) }

func (c *cachierCache[K, V]) Hits(keys []K) (found int, last V) {
	ctx := context.Background()
	for _, k := range keys {
		if v, err := c.f.Call(ctx, k); err == nil {
			found, last = found+1, v
		}
	}
	return found, last
}

func (c *cachierCache[K, V]) Load(ctx context.Context, k K) (V, error) { return c.f.Call(ctx, k) }

func (c *cachierCache[K, V]) Settle() {}

func (c *cachierCache[K, V]) Close() { _ = c.f.Close(context.Background()) }
