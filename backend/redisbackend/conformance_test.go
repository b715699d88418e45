package redisbackend_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// clockError is what a busy machine adds to a round trip, of which half is how
// far a reading of the server's clock may be off.
const clockError = 50 * time.Millisecond

// connect returns a client of the server, which the test closes.
func connect(t testing.TB, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// over returns a backend over the client, which the test closes before that.
func over(t testing.TB, client redis.UniversalClient, o *redisbackend.Options) *redisbackend.Backend {
	t.Helper()
	b := redisbackend.New(client, o)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// stores makes prefixes that nobody has used.
var stores atomic.Int64

// conform runs the suite; each store has a prefix of its own, and is opened by
// two clients as if by two processes. Every prefix has what patterns, hash tags
// and careless joins would stumble over.
func conform(t *testing.T, connect func(t testing.TB) redis.UniversalClient) {
	prefixes := map[backend.Backend]string{}
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend {
			prefix := fmt.Sprintf("a*[b]?\\{}:%d:", stores.Add(1))
			b := over(t, connect(t), &redisbackend.Options{Prefix: prefix, MaxEntrySize: 9 << 20})
			prefixes[b] = prefix
			return b
		},
		Another: func(t testing.TB, b backend.Backend) backend.Backend {
			return over(t, connect(t), &redisbackend.Options{Prefix: prefixes[b], MaxEntrySize: 9 << 20})
		},
		ClockError: clockError,
		TooLarge:   9<<20 + 1,
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	conform(t, func(t testing.TB) redis.UniversalClient { return connect(t, server.Addr) })
}
