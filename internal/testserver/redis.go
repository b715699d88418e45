//go:build unix

package testserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
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
// of the answer, or of the text that the answer is.
func RedisDo(addr, command string) (string, error) {
	text, err := RedisAsk(addr, command)
	line, _, _ := strings.Cut(text, "\r\n")
	return line, err
}

// RedisAsk is like RedisDo and returns the whole text.
func RedisAsk(addr, command string) (string, error) {
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
	from := bufio.NewReader(conn)
	line, err := from.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(line, "-"):
		return "", fmt.Errorf("redis: %s", line[1:])
	case strings.HasPrefix(line, "$"):
		length, err := strconv.Atoi(line[1:])
		if err != nil || length < 0 {
			return "", err // absent
		}
		text := make([]byte, length)
		_, err = io.ReadFull(from, text)
		return string(text), err
	}
	return strings.TrimPrefix(line, "+"), nil
}
