//go:build unix

package testserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// RedisSentinel is a master with a replica and a Sentinel that watches them.
type RedisSentinel struct {
	*Process        // the Sentinel
	Addr     string // its address
	Master   string // the name by which it knows the master

	First, Second *Redis // master and replica, until the master fails
}

// StartRedisSentinel starts all three until the test ends. A master that is
// dead or hangs for a second is replaced.
func StartRedisSentinel(t testing.TB) *RedisSentinel {
	t.Helper()
	path := Program(t, "redis-sentinel")
	s := &RedisSentinel{Addr: FreeAddr(t), Master: "mymaster", First: StartRedis(t)}
	of := func(addr string) string { return strings.Replace(addr, ":", " ", 1) }
	s.Second = StartRedis(t, "--replicaof", of(s.First.Addr), "--repl-diskless-sync-delay", "0")
	dir := t.TempDir()
	// A Sentinel writes into its file.
	config := filepath.Join(dir, "sentinel.conf")
	host, port, _ := strings.Cut(s.Addr, ":")
	text := fmt.Sprintf("port %s\nbind %s\ndir %s\nsentinel monitor %[4]s %s 1\nsentinel down-after-milliseconds %[4]s 1000\nsentinel failover-timeout %[4]s 3000\n",
		port, host, dir, s.Master, of(s.First.Addr))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Process = Start(t, path, config)
	Eventually(t, "the Sentinel knows the replica", func() error {
		info, err := RedisAsk(s.Addr, "INFO sentinel")
		if err == nil && !strings.Contains(info, "slaves=1") {
			err = fmt.Errorf("it says %q", info)
		}
		return err
	})
	Eventually(t, "the replica follows", func() error {
		info, err := RedisAsk(s.Second.Addr, "INFO replication")
		if err == nil && !strings.Contains(info, "master_link_status:up") {
			err = fmt.Errorf("it says %q", info)
		}
		return err
	})
	return s
}
