//go:build unix

package testserver

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// StatsD is a running server, the original one.
type StatsD struct {
	*Process
	Addr string // of UDP
}

// StartStatsD starts a server that hands what it counted to a Graphite server,
// so often, until the test ends.
func StartStatsD(t testing.TB, graphite string, every time.Duration) *StatsD {
	t.Helper()
	path := Program(t, "statsd", builtServers())
	s := &StatsD{Addr: FreeUDPAddr(t)}
	host, port, _ := net.SplitHostPort(s.Addr)
	_, graphitePort, err := net.SplitHostPort(graphite)
	if err != nil {
		t.Fatal(err)
	}
	manage := FreeAddr(t)
	_, managePort, _ := net.SplitHostPort(manage)
	config := filepath.Join(t.TempDir(), "config.js")
	text := fmt.Sprintf(`{
  address: %[1]q, port: %[2]s, mgmt_address: %[1]q, mgmt_port: %[3]s,
  backends: ["./backends/graphite"], graphiteHost: %[1]q, graphitePort: %[4]s, graphite: {legacyNamespace: false},
  flushInterval: %[5]d
}`, host, port, managePort, graphitePort, every.Milliseconds())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Process = Start(t, path, config)
	Eventually(t, "StatsD starts", func() error {
		answer, err := askLine(manage, "health\n")
		if err == nil && answer != "health: up" {
			err = fmt.Errorf("it says %q", answer)
		}
		return err
	})
	return s
}

// askLine sends a text and returns the first line of the answer.
func askLine(addr, text string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprint(conn, text); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line), err
}

// StatsDExporter is a running statsd_exporter, which shows Prometheus what it
// was sent.
type StatsDExporter struct {
	*Process
	Addr   string // of UDP
	Socket string // the path of a Unix socket
	URL    string // of its metrics
}

// StartStatsDExporter starts one until the test ends.
func StartStatsDExporter(t testing.TB) *StatsDExporter {
	t.Helper()
	path := Program(t, "statsd_exporter", builtServers())
	web := FreeAddr(t)
	s := &StatsDExporter{Addr: FreeUDPAddr(t), Socket: filepath.Join(t.TempDir(), "s"), URL: "http://" + web + "/metrics"}
	s.Process = Start(t, path, "--web.listen-address="+web, "--statsd.listen-udp="+s.Addr, "--statsd.listen-tcp=",
		"--statsd.listen-unixgram="+s.Socket, "--log.level=warn")
	Eventually(t, "statsd_exporter starts", func() error {
		response, err := http.Get(s.URL)
		if err != nil {
			return err
		}
		return response.Body.Close()
	})
	return s
}

// FreeUDPAddr is like [FreeAddr], of UDP.
func FreeUDPAddr(t testing.TB) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.LocalAddr().String()
}
