package redisbackend

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/gather"
)

const (
	// places is how many single GETs go to a server at a time. Who comes while
	// so many are under way shares a round trip with the others who do.
	places = 8
	// most is how many share one.
	most = 100
)

// readers are those who Get from a server.
func (b *Backend) readers(node redis.UniversalClient, c *clock) *gather.Group[backend.Entry] {
	g, ok := b.crowds.Load(node)
	if !ok {
		g, _ = b.crowds.LoadOrStore(node, gather.New(places, most, func(ctx context.Context, all []string) []gather.Result[backend.Entry] {
			return b.together(ctx, node, c, all)
		}))
	}
	return g.(*gather.Group[backend.Entry])
}

// together GETs from one server what several ask for.
func (b *Backend) together(ctx context.Context, node redis.Cmdable, c *clock, all []string) []gather.Result[backend.Entry] {
	results := make([]gather.Result[backend.Entry], len(all))
	replies, err := run(ctx, b, func() ([]gather.Result[got], error) {
		replies := b.ask(ctx, node, c, all)
		if b.cluster != nil {
			b.askElsewhere(ctx, all, replies)
		}
		return replies, nil
	})
	for i := range results {
		r := &results[i]
		if err != nil {
			r.Err = err
			continue
		}
		g := replies[i].Value
		r.Value, r.Err = entryOf(g.data, g.apart, b.explain(ctx, replies[i].Err))
	}
	return results
}

// ask is one round trip, which also reads the server's clock if that is due.
func (b *Backend) ask(ctx context.Context, node redis.Cmdable, c *clock, all []string) []gather.Result[got] {
	pipe := node.Pipeline()
	var shown *redis.TimeCmd
	if c.due(b.now()) {
		shown = pipe.Time(ctx)
	}
	commands := make([]*redis.StringCmd, len(all))
	for i, place := range all {
		commands[i] = pipe.Get(ctx, place)
	}
	before := b.now()
	_, _ = pipe.Exec(ctx) // each command has its own error
	after := b.now()
	if shown != nil && shown.Err() == nil {
		c.learn(before, after, shown.Val().UnixMicro())
	}
	replies := make([]gather.Result[got], len(all))
	for i, command := range commands {
		r := &replies[i]
		r.Value.data, r.Err = command.Bytes()
		r.Value.apart = c.offset(after)
		if r.Err == nil && c.load() == nil {
			r.Err = shown.Err() // without a clock nothing can be said of any time
		}
	}
	return replies
}

// askElsewhere has the client of a Cluster find what has moved, or whose server
// has died.
func (b *Backend) askElsewhere(ctx context.Context, all []string, replies []gather.Result[got]) {
	var pipe redis.Pipeliner
	commands := make(map[int]*redis.StringCmd)
	for i, r := range replies {
		if r.Err == nil || errors.Is(r.Err, redis.Nil) {
			continue
		}
		if pipe == nil {
			pipe = b.client.Pipeline()
		}
		commands[i] = pipe.Get(ctx, all[i])
	}
	if pipe == nil {
		return
	}
	_, _ = pipe.Exec(ctx)
	for i, command := range commands {
		r := &replies[i]
		if r.Value.data, r.Err = command.Bytes(); r.Err == nil {
			r.Value.apart, r.Err = b.apart(ctx, all[i])
		}
	}
}
