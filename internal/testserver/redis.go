//go:build unix

package testserver

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// Redis is a running Redis server.
type Redis struct {
	*Process
	Addr string
}

// StartRedis starts a Redis server that keeps nothing on disk, with further
// arguments, until the test ends.
func StartRedis(t testing.TB, args ...string) *Redis {
	t.Helper()
	return StartRedisAt(t, FreeAddr(t), args...)
}

// StartRedisAt starts it at a certain address, such as that of one that was
// stopped.
func StartRedisAt(t testing.TB, addr string, args ...string) *Redis {
	t.Helper()
	path := Program(t, "redis-server")
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"--port", port, "--bind", host, "--save", "", "--appendonly", "no", "--dir", t.TempDir()}
	r := &Redis{Start(t, path, append(all, args...)...), addr}
	Eventually(t, "Redis starts", func() error {
		answer, err := RedisDo(addr, "PING")
		if err == nil && answer != "PONG" {
			err = fmt.Errorf("it says %q", answer)
		}
		return err
	})
	return r
}

// RedisDo sends one inline command, without quotes, and returns the first line
// of the answer, or the second where the first is a length.
func RedisDo(addr, command string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	lines := bufio.NewReader(conn)
	line, err := lines.ReadString('\n')
	if err == nil && strings.HasPrefix(line, "$") {
		line, err = lines.ReadString('\n')
		return strings.TrimSpace(line), err
	}
	if strings.HasPrefix(line, "-") {
		return "", fmt.Errorf("redis: %s", strings.TrimSpace(line[1:]))
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "+")), err
}
