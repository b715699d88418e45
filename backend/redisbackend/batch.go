package redisbackend

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

// GetMany is one round trip, in a Cluster one to each server that has some of
// the keys. What is damaged or foreign is left out.
func (b *Backend) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	found := make(map[string]backend.Entry, len(keys))
	if len(keys) == 0 {
		return found, b.usable(ctx)
	}
	all, err := run(ctx, b, func() (map[string]got, error) {
		pipe := b.client.Pipeline()
		commands := make(map[string]*redis.StringCmd, len(keys))
		for _, key := range keys {
			if commands[key] == nil {
				commands[key] = pipe.Get(ctx, b.prefix+key)
			}
		}
		_, _ = pipe.Exec(ctx) // each command has its own error
		all := make(map[string]got, len(keys))
		for key, command := range commands {
			data, err := command.Bytes()
			if errors.Is(err, redis.Nil) || err != nil && errors.Is(b.explain(ctx, err), backend.ErrForeign) {
				continue
			}
			if err != nil {
				return nil, err
			}
			apart, err := b.apart(ctx, b.prefix+key)
			if err != nil {
				return nil, err
			}
			all[key] = got{data, apart}
		}
		return all, nil
	})
	if err != nil {
		return nil, err
	}
	for key, g := range all {
		if e, err := decode(g.data, g.apart); err == nil {
			found[key] = e
		}
	}
	return found, nil
}

// apart returns how far the clock of the server that has a key is ahead,
// reading it if that has to be.
func (b *Backend) apart(ctx context.Context, place string) (offset, error) {
	node, clock := b.node(ctx, place)
	if clock.due(b.now()) {
		if err := b.readClock(ctx, node, clock); err != nil && clock.load() == nil {
			return 0, err
		}
	}
	return clock.offset(b.now()), nil
}
