package redisbackend

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

// Get returns the entry by a plain GET. The first one also reads the server's
// clock, before that. Where many Get at once they share round trips.
func (b *Backend) Get(ctx context.Context, key string) (backend.Entry, error) {
	if err := b.usable(ctx); err != nil {
		return backend.Entry{}, err
	}
	place := b.prefix + key
	if !b.haste.reached.Load() {
		return b.get(ctx, place)
	}
	node, clock := b.node(ctx, place)
	return b.readers(node, clock).Get(ctx, place, func(ctx context.Context) (backend.Entry, error) {
		if data, apart, done, err := b.getHere(ctx, node, clock, place); done {
			return entryOf(data, apart, err)
		}
		return b.get(ctx, place)
	})
}

// got is what a GET returned.
type got struct {
	data  []byte
	apart offset // of the clock of the server that it is from
}

// get does a GET with patience.
func (b *Backend) get(ctx context.Context, place string) (backend.Entry, error) {
	g, err := run(ctx, b, func() (g got, err error) {
		node, clock := b.node(ctx, place)
		if clock.load() == nil {
			_ = b.readClock(ctx, node, clock) // Get fails, too
		}
		local := b.now()
		if clock.due(local) {
			g.data, g.apart, err = b.getTimed(ctx, node, clock, place)
			return g, err
		}
		g.apart = clock.offset(local)
		g.data, err = b.client.Get(ctx, place).Bytes()
		return g, err
	})
	if err == nil || errors.Is(err, redis.Nil) {
		b.haste.reached.Store(true)
	}
	return entryOf(g.data, g.apart, err)
}

// entryOf makes an entry of what a GET returned.
func entryOf(data []byte, apart offset, err error) (backend.Entry, error) {
	switch {
	case errors.Is(err, redis.Nil):
		return backend.Entry{}, backend.ErrNotFound
	case err != nil:
		return backend.Entry{}, err
	}
	return decode(data, apart)
}

// getTimed also reads the server's clock, in the same round trip.
func (b *Backend) getTimed(ctx context.Context, node redis.Cmdable, c *clock, place string) ([]byte, offset, error) {
	pipe := node.Pipeline()
	shown, get := pipe.Time(ctx), pipe.Get(ctx, place)
	before := b.now()
	_, _ = pipe.Exec(ctx) // each command has its own error
	after := b.now()
	if shown.Err() == nil {
		c.learn(before, after, shown.Val().UnixMicro())
	}
	data, err := get.Bytes()
	if err != nil && !errors.Is(err, redis.Nil) && b.cluster != nil {
		// The key has moved, or its server has died: the client finds it.
		if data, err = b.client.Get(ctx, place).Bytes(); err == nil {
			apart, err := b.apart(ctx, place)
			return data, apart, err
		}
	}
	if err == nil && c.load() == nil {
		err = shown.Err() // without a clock nothing can be said of any time
	}
	return data, c.offset(b.now()), err
}

const (
	// hasty is for how long a GET is waited for without heed of the context.
	hasty = 100 * time.Millisecond
	// leisure is for how long no GET is hasty after one took longer.
	leisure = 10 * time.Second
)

// haste is what a hit needs to do without a goroutine of its own, which would
// cost a quarter of it.
type haste struct {
	reached atomic.Bool  // the server, or the Cluster, has been reached once
	notTill atomic.Int64 // nanoseconds since 1970 on the local clock

	// quick are the clients of the servers, each to one that shares its pool and
	// gives up a read after hasty.
	quick sync.Map
}

// getHere does a GET in this goroutine, where that is sure to be over soon;
// done says that it was. Otherwise it has to be done with more patience.
func (b *Backend) getHere(ctx context.Context, node redis.UniversalClient, clock *clock, place string) (data []byte, apart offset, done bool, err error) {
	local := b.now()
	if local.UnixNano() < b.haste.notTill.Load() {
		return nil, 0, false, nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < hasty {
		return nil, 0, false, nil
	}
	quick := b.haste.client(node)
	if quick == nil || clock.due(local) {
		return nil, 0, false, nil
	}
	data, err = quick.Get(ctx, place).Bytes()
	if took := b.now().Sub(local); err != nil && took >= hasty {
		b.haste.notTill.Store(local.Add(took + leisure).UnixNano())
	}
	var said redis.Error
	if answered := errors.As(err, &said) && (b.cluster == nil || errors.Is(err, redis.Nil)); err != nil && !answered && ctx.Err() == nil {
		return nil, 0, false, nil // it is tried again, with patience or elsewhere
	}
	b.counts.add(b.now().Sub(local), err)
	return data, clock.offset(local), true, b.explain(ctx, err)
}

// client returns the quick one of a server; nil where it has none, because what
// wraps the client must not be passed by.
func (h *haste) client(node redis.UniversalClient) *redis.Client {
	if q, ok := h.quick.Load(node); ok {
		return q.(*redis.Client)
	}
	c, ok := node.(*redis.Client)
	if !ok {
		return nil
	}
	q, _ := h.quick.LoadOrStore(node, c.WithTimeout(hasty))
	return q.(*redis.Client)
}
