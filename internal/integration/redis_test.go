package integration_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

func redisAddr(t testing.TB) string {
	t.Helper()
	return addressOf(t, "CACHIER_TEST_REDIS", func(t testing.TB) string { return testserver.StartRedis(t).Addr })
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
