package integration_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// redisDaemon is a Redis server that starts again where it was, empty.
type redisDaemon struct{ *testserver.Redis }

func (d redisDaemon) Restart(t testing.TB) { d.Process = testserver.StartRedisAt(t, d.Addr).Process }

func redisServer(t testing.TB) *server {
	r := testserver.StartRedis(t)
	set := func(name, value, normal string) outage {
		to := func(value string) func() {
			return func() {
				if _, err := testserver.RedisDo(r.Addr, "CONFIG SET "+name+" "+value); err != nil {
					t.Error(err)
				}
			}
		}
		return outage{begin: to(value), end: to(normal), errors: true}
	}
	return &server{
		daemon: redisDaemon{r}, addr: r.Addr,
		open: func(t testing.TB, addr string) backend.Locker { return overRedis(t, connectRedis(t, addr), "") },
		more: map[string]outage{
			"read-only": set("min-replicas-to-write", "1", "0"),
			"full":      set("maxmemory", "1", "0"),
		},
	}
}

// A master that dies under load: Sentinel puts its replica in its place, no call
// fails, and the cache serves again by itself.
func TestRedisSentinelFailover(t *testing.T) {
	s := testserver.StartRedisSentinel(t)
	client := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: s.Master, SentinelAddrs: []string{s.Addr}})
	t.Cleanup(func() { _ = client.Close() })
	endure(t, overRedis(t, client, ""), outage{begin: s.First.Kill, passes: true})
}
