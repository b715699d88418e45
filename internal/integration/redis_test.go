package integration_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// redisVariable holds the address of the Redis server that this process and its
// children share.
const redisVariable = "CACHIER_TEST_REDIS"

func TestMain(m *testing.M) {
	if os.Getenv(redisVariable) != "" || os.Getenv(childVariable) != "" {
		os.Exit(m.Run())
	}
	addr, end, err := testserver.RedisForMain()
	if err == nil {
		err = os.Setenv(redisVariable, addr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	result := m.Run()
	end()
	os.Exit(result)
}

// redisAddr is where that server is.
func redisAddr(t testing.TB) string {
	t.Helper()
	addr := os.Getenv(redisVariable)
	if addr == "" {
		testserver.Program(t, "redis-server") // skips
	}
	return addr
}

// connectRedis returns a client that the test closes.
func connectRedis(t testing.TB, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// overRedis returns a backend that the test closes.
func overRedis(t testing.TB, client redis.UniversalClient, prefix string) backend.Locker {
	t.Helper()
	b := redisbackend.New(client, &redisbackend.Options{Prefix: prefix})
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// openRedis opens what the shared server has under a directory's name.
func openRedis(t testing.TB, dir string) backend.Locker {
	t.Helper()
	return overRedis(t, connectRedis(t, redisAddr(t)), dir+":")
}
