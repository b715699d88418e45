package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// proxy stands between a client and a server until the test ends.
func proxy(t testing.TB, upstream string) *toxiproxy.Proxy {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, t.Name(), testserver.FreeAddr(t), upstream)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// toxic is an outage in which the proxy does something to the answers.
func toxic(t *testing.T, p *toxiproxy.Proxy, kind, attributes string) outage {
	return outage{
		begin: func() {
			text := fmt.Sprintf(`{"name": "it", "type": %q, "stream": "downstream", "attributes": {%s}}`, kind, attributes)
			if _, err := p.Toxics.AddToxicJson(strings.NewReader(text)); err != nil {
				t.Error(err)
			}
		},
		end: func() {
			if err := p.Toxics.RemoveToxic(t.Context(), "it"); err != nil {
				t.Error(err)
			}
		},
		reads: true, errors: true,
	}
}

// redisOutages are those of a Redis server, each of one of its own.
func redisOutages(t *testing.T) map[string]func() (backend.Locker, outage) {
	ours := func(make func(s *testserver.Redis) outage) func() (backend.Locker, outage) {
		return func() (backend.Locker, outage) {
			s := testserver.StartRedis(t)
			return overRedis(t, connectRedis(t, s.Addr), ""), make(s)
		}
	}
	proxied := func(kind, attributes string) func() (backend.Locker, outage) {
		return func() (backend.Locker, outage) {
			p := proxy(t, testserver.StartRedis(t).Addr)
			return overRedis(t, connectRedis(t, p.Listen), ""), toxic(t, p, kind, attributes)
		}
	}
	set := func(name, value, normal string) func() (backend.Locker, outage) {
		return ours(func(s *testserver.Redis) outage {
			to := func(value string) func() {
				return func() {
					if _, err := testserver.RedisDo(s.Addr, "CONFIG SET "+name+" "+value); err != nil {
						t.Error(err)
					}
				}
			}
			return outage{begin: to(value), end: to(normal), errors: true}
		})
	}
	return map[string]func() (backend.Locker, outage){
		"stopped": ours(func(s *testserver.Redis) outage {
			return outage{begin: s.Kill, end: func() { testserver.StartRedisAt(t, s.Addr) }, reads: true, errors: true}
		}),
		"frozen": ours(func(s *testserver.Redis) outage {
			return outage{begin: func() { s.Freeze(t) }, end: func() { s.Thaw(t) }, reads: true, errors: true}
		}),
		"slow":      proxied("latency", `"latency": 2500`),
		"cut":       proxied("limit_data", `"bytes": 10`),
		"read-only": set("min-replicas-to-write", "1", "0"),
		"full":      set("maxmemory", "1", "0"),
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
