package redisbackend_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/internal/killing"
	"github.com/cachier-go/cachier/internal/testserver"
)

var trial = killing.Trial{
	Open:    openWriter,
	Writers: 3, Kills: 20, Early: 2, Pause: 20 * time.Millisecond,
	Keys: 12, Lease: 250 * time.Millisecond,
	Size:       func(r *rand.Rand) int { return r.IntN(200_000) },
	ClockError: time.Minute, // a busy machine is far from minutes
}

// openWriter gets the server's address.
func openWriter(args []string) (backend.Locker, error) {
	b := redisbackend.New(redis.NewClient(&redis.Options{Addr: args[0]}), nil)
	_, err := b.Size(context.Background(), "") // so that it is ready only when it has connected
	return b, err
}

// Writers are killed at random moments; nobody ever reads what is wrong or
// torn, and nothing is left behind that hinders those who go on.
func TestKilledWriters(t *testing.T) {
	server := testserver.StartRedis(t)
	client := connect(t, server.Addr)
	b := over(t, client, nil)
	trial.Kill(t, b, server.Addr)
	trial.Reclaim(t, b)
	if n := client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}
