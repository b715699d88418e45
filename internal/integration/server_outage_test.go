package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// daemon is a server's process.
type daemon interface {
	Stop()
	Kill()
	Restart(t testing.TB)
	Freeze(t testing.TB)
	Thaw(t testing.TB)
}

// server is one under a store, which things happen to.
type server struct {
	daemon
	addr string
	// open opens the store at the server's address, or at that of a proxy.
	open func(t testing.TB, addr string) backend.Locker
	// more are outages that each kind of a server has in a way of its own.
	more map[string]outage
}

// servers start one for each store that is on a server.
var servers = map[string]func(t testing.TB) *server{
	"postgres": postgresServer,
	"mariadb":  mariaServer,
	"redis":    redisServer,
	"s3":       s3Server,
	"mongo":    mongoServer,
}

// outages are those of a server, which is well again after each. It belongs to
// t, also if it is started again.
func (s *server) outages(t *testing.T) map[string]func(t *testing.T) (backend.Locker, outage) {
	down := func(begin, end func()) func(t *testing.T) (backend.Locker, outage) {
		return func(t *testing.T) (backend.Locker, outage) {
			return s.open(t, s.addr), outage{begin: begin, end: end, reads: true, errors: true}
		}
	}
	proxied := func(kind, attributes string) func(t *testing.T) (backend.Locker, outage) {
		return func(t *testing.T) (backend.Locker, outage) {
			p := proxy(t, s.addr)
			return s.open(t, p.Listen), toxic(t, p, kind, attributes)
		}
	}
	restart := func() { s.Restart(t) }
	all := map[string]func(t *testing.T) (backend.Locker, outage){
		"stopped": down(s.Stop, restart),
		"killed":  down(s.Kill, restart),
		"frozen":  down(func() { s.Freeze(t) }, func() { s.Thaw(t) }),
		"slow":    proxied("latency", `"latency": 2500`), // by more than an operation may take
		"cut":     proxied("limit_data", `"bytes": 10`),
	}
	for name, o := range s.more {
		all[name] = func(t *testing.T) (backend.Locker, outage) { return s.open(t, s.addr), o }
	}
	return all
}

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
