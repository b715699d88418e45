//go:build unix

package testserver

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
)

// RedisCluster is a running Redis Cluster.
type RedisCluster struct {
	Nodes []*Redis // all masters
	Addrs []string
}

// slots is how many a Cluster has.
const slots = 16384

// StartRedisCluster starts a Cluster of three masters without replicas, with
// further arguments for each, until the test ends.
func StartRedisCluster(t testing.TB, args ...string) *RedisCluster {
	t.Helper()
	const masters = 3
	c := &RedisCluster{}
	for range masters {
		addr := freeClusterAddr(t)
		all := []string{"--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000", "--cluster-announce-ip", "127.0.0.1"}
		c.Nodes = append(c.Nodes, StartRedisAt(t, addr, append(all, args...)...))
		c.Addrs = append(c.Addrs, addr)
	}
	// What redis-cli --cluster create does, without its pauses.
	for i, addr := range c.Addrs {
		first, last := i*slots/masters, (i+1)*slots/masters-1
		c.do(t, addr, fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", first, last))
		c.do(t, addr, fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", i+1))
		if i > 0 {
			c.do(t, c.Addrs[0], "CLUSTER MEET "+strings.Replace(addr, ":", " ", 1))
		}
	}
	for _, node := range c.Nodes {
		Eventually(t, "the Cluster forms", func() error {
			info, err := RedisAsk(node.Addr, "CLUSTER INFO")
			if err == nil && (!strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:3")) {
				err = fmt.Errorf("it says %q", info)
			}
			return err
		})
	}
	return c
}

func (c *RedisCluster) do(t testing.TB, addr, command string) {
	t.Helper()
	if answer, err := RedisDo(addr, command); err != nil || answer != "OK" {
		t.Fatalf("%s: %s, %v", command, answer, err)
	}
}

// freeClusterAddr returns an address of which the port plus 10000, where the
// servers of a Cluster speak with each other, is one and free too.
func freeClusterAddr(t testing.TB) string {
	t.Helper()
	for {
		addr := FreeAddr(t)
		host, text, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		if port >= 55535 {
			continue
		}
		listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port+10_000)))
		if err == nil {
			_ = listener.Close()
			return addr
		}
	}
}
