package redisbackend

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/gather"
)

// SetClock makes the backend live on a host whose clock is off.
func (b *Backend) SetClock(now func() time.Time) { b.now = now }

// Now is the clock of that host.
func (b *Backend) Now() time.Time { return b.now() }

// AskedOf is what many who Get at once are told if the server is asked.
func (b *Backend) AskedOf(ctx context.Context, server *redis.Client, keys []string) []gather.Result[backend.Entry] {
	all := make([]string, len(keys))
	for i, key := range keys {
		all[i] = b.prefix + key
	}
	return b.together(ctx, server, b.clockOf(server), all)
}
