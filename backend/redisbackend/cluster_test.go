package redisbackend_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// connectCluster returns a client of a Cluster, which the test closes.
func connectCluster(t testing.TB, c *testserver.RedisCluster) *redis.ClusterClient {
	t.Helper()
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestConformanceInCluster(t *testing.T) {
	t.Parallel()
	servers := testserver.StartRedisCluster(t)
	conform(t, func(t testing.TB) redis.UniversalClient { return connectCluster(t, servers) })
}

// Keys are on all servers, and whatever concerns many keys reaches all.
func TestClusterSpreads(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	servers := testserver.StartRedisCluster(t)
	b := over(t, connectCluster(t, servers), nil)
	const n = 300
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("ns/4:name/v1/{ID:%d}", i))
		must(t, b.Set(ctx, keys[i], backend.Entry{Value: []byte("v")}))
	}
	for _, addr := range servers.Addrs {
		if n := connect(t, addr).DBSize(ctx).Val(); n < 50 {
			t.Errorf("%s has %d keys", addr, n)
		}
	}
	found, err := b.GetMany(ctx, keys)
	must(t, err)
	if len(found) != n {
		t.Errorf("GetMany found %d", len(found))
	}
	must(t, b.Clear(ctx, "ns/4:name/"))
	for _, addr := range servers.Addrs {
		if n := connect(t, addr).DBSize(ctx).Val(); n != 0 {
			t.Errorf("%s has %d keys left", addr, n)
		}
	}
}

// Many who ask a server at once get what has moved to another one, too.
func TestCrowdFindsWhatMoved(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	servers := testserver.StartRedisCluster(t)
	b := over(t, connectCluster(t, servers), nil)
	var keys []string
	for i := range 40 {
		keys = append(keys, fmt.Sprint(i))
		must(t, b.Set(ctx, keys[i], backend.Entry{Value: []byte(keys[i])}))
	}
	keys = append(keys, "absent", "1")
	for _, addr := range servers.Addrs { // each has a third of them
		for i, r := range b.AskedOf(ctx, connect(t, addr), keys) {
			if absent := keys[i] == "absent"; absent != errors.Is(r.Err, backend.ErrNotFound) || !absent && string(r.Value.Value) != keys[i] {
				t.Errorf("%s was asked for %s: %q, %v", addr, keys[i], r.Value.Value, r.Err)
			}
		}
	}
}

// A client that can't work says so at every use.
func TestUnsuitableClients(t *testing.T) {
	t.Parallel()
	replicas := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, ReadOnly: true})
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:1"}})
	defer func() { _, _ = replicas.Close(), ring.Close() }()
	for want, client := range map[string]redis.UniversalClient{"is nil": nil, "redis.Ring": ring, "replicas": replicas} {
		b := over(t, client, &redisbackend.Options{})
		for op, err := range map[string]error{
			"Get": second(b.Get(t.Context(), "k")), "Set": b.Set(t.Context(), "k", backend.Entry{}), "Clear": b.Clear(t.Context(), ""),
			"GetMany": second(b.GetMany(t.Context(), []string{"k"})), "Probe": second(b.Probe(t.Context())),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want one that says %s", op, err, want)
			}
		}
		for _, err := range b.Watch(t.Context(), "") {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Watch: %v, want one that says %s", err, want)
			}
			break
		}
	}
}
