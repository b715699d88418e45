//go:build unix

package testserver_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/internal/testserver"
)

// What is started answers, and is gone when its test is over.
func TestServersStartAndEnd(t *testing.T) {
	for name, start := range map[string]func(t testing.TB) string{
		"redis":     func(t testing.TB) string { return testserver.StartRedis(t).Addr },
		"cluster":   func(t testing.TB) string { return testserver.StartRedisCluster(t).Addrs[2] },
		"sentinel":  func(t testing.TB) string { return testserver.StartRedisSentinel(t).Addr },
		"postgres":  func(t testing.TB) string { return testserver.StartPostgres(t).Addr },
		"mariadb":   func(t testing.TB) string { return testserver.StartMariaDB(t).Addr },
		"s3":        func(t testing.TB) string { return testserver.StartS3(t).Addr },
		"collector": func(t testing.TB) string { return testserver.StartCollector(t).HTTP },
		"prometheus3": func(t testing.TB) string {
			return strings.TrimPrefix(testserver.StartPrometheus3(t, "").URL, "http://")
		},
		"mongo": func(t testing.TB) string { return testserver.StartMongo(t).Addr },
	} {
		t.Run(name, func(t *testing.T) {
			var addr string
			if !t.Run("running", func(t *testing.T) {
				addr = start(t)
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
			}) || addr == "" {
				return
			}
			if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
				_ = conn.Close()
				t.Error("it still answers after its test")
			}
		})
	}
}

// A frozen server takes connections and answers nothing; thawed it goes on, and
// a killed one can be started again where it was.
func TestFreezeAndKill(t *testing.T) {
	r := testserver.StartRedis(t)
	r.Freeze(t)
	answered := make(chan error, 1)
	go func() { _, err := testserver.RedisDo(r.Addr, "PING"); answered <- err }()
	select {
	case err := <-answered:
		t.Errorf("a frozen server answers: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	r.Thaw(t)
	if err := <-answered; err != nil {
		t.Error(err)
	}
	r.Kill()
	if _, err := testserver.RedisDo(r.Addr, "PING"); err == nil {
		t.Error("a killed server answers")
	}
	testserver.StartRedisAt(t, r.Addr)
}

// A database's server serves what it had, however it ended and whatever state it
// was in.
func TestRestart(t *testing.T) {
	p, m, s, d := testserver.StartPostgres(t), testserver.StartMariaDB(t), testserver.StartS3(t), testserver.StartMongo(t)
	for _, server := range []struct {
		addr    string
		end     func()
		restart func(t testing.TB)
	}{
		{p.Addr, func() { p.Stop() }, p.Restart},
		{p.Addr, func() { p.Freeze(t); p.Kill() }, p.Restart},
		{m.Addr, func() { m.Stop() }, m.Restart},
		{m.Addr, func() { m.Freeze(t); m.Kill() }, m.Restart},
		{s.Addr, func() { s.Stop() }, s.Restart},
		{s.Addr, func() { s.Freeze(t); s.Kill() }, s.Restart},
		{d.Addr, func() { d.Stop() }, d.Restart},
		{d.Addr, func() { d.Freeze(t); d.Kill() }, d.Restart},
	} {
		conn, err := net.Dial("tcp", server.addr)
		if err != nil {
			t.Fatal(err)
		}
		server.end()
		_ = conn.Close()
		if conn, err := net.DialTimeout("tcp", server.addr, time.Second); err == nil {
			_ = conn.Close()
			t.Error("it still answers")
		}
		server.restart(t)
	}
}
