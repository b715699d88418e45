package redisbackend

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
)

// cluster is what a client of a Cluster can do: [redis.ClusterClient], or what
// wraps one.
type cluster interface {
	MasterForKey(ctx context.Context, key string) (*redis.Client, error)
	ForEachMaster(ctx context.Context, f func(context.Context, *redis.Client) error) error
}

// node returns the server that has a key, and its clock. Where it isn't known
// the client finds it by itself; the clock is then one that was never read.
func (b *Backend) node(ctx context.Context, place string) (redis.UniversalClient, *clock) {
	if b.cluster == nil {
		return b.client, &b.clock
	}
	master, err := b.cluster.MasterForKey(ctx, place)
	if err != nil {
		return b.client, &b.clock
	}
	return master, b.clockOf(master)
}

// readClock reads a server's clock by itself. The first time there may be no
// connection yet; what was read while one was made is worth little.
func (b *Backend) readClock(ctx context.Context, node redis.Cmdable, c *clock) error {
	for first := true; ; first = false {
		before := b.now()
		shown, err := node.Time(ctx).Result()
		if err != nil {
			return err
		}
		after := b.now()
		c.learn(before, after, shown.UnixMicro())
		if !first || after.Sub(before) <= 2*good {
			return nil
		}
	}
}

// clockOf returns the clock of a server of a Cluster.
func (b *Backend) clockOf(master *redis.Client) *clock {
	addr := master.Options().Addr
	c, ok := b.clocks.Load(addr)
	if !ok {
		c, _ = b.clocks.LoadOrStore(addr, new(clock))
	}
	return c.(*clock)
}

// server is one that has a part of the keys.
type server struct {
	client redis.UniversalClient
	clock  *clock
}

// servers returns all that have a part of the keys.
func (b *Backend) servers(ctx context.Context) ([]server, error) {
	if b.cluster == nil {
		return []server{{b.client, &b.clock}}, nil
	}
	return run(ctx, b, func() ([]server, error) {
		var mu sync.Mutex // protects masters: they are called at once
		var masters []*redis.Client
		err := b.cluster.ForEachMaster(ctx, func(_ context.Context, m *redis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			masters = append(masters, m)
			return nil
		})
		slices.SortFunc(masters, func(a, b *redis.Client) int { return cmp.Compare(a.Options().Addr, b.Options().Addr) })
		all := make([]server, len(masters))
		for i, m := range masters {
			all[i] = server{m, b.clockOf(m)}
		}
		return all, err
	})
}
