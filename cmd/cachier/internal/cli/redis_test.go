//go:build unix

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

func TestRedis(t *testing.T) {
	addr := testserver.StartRedis(t).Addr
	for _, command := range []string{"ACL SETUSER app on >" + secret + " ~* &* +@all", "CONFIG SET requirepass " + secret} {
		// Whoever has connected before needs no password, so each is a connection of its own until the last.
		if said, err := testserver.RedisDo(addr, command); err != nil || said != "OK" {
			t.Fatal(said, err)
		}
	}
	known, shown := "redis://app:"+secret+"@"+addr+"/3", "redis://app@"+addr+"/3"
	for _, at := range []string{known, known + "?prefix=mine%2A:&dial_timeout=1s"} {
		eachQuietly(t, 0, "", at)
		b := create(t, at)
		put(t, b, stored("shop", "f", "1", "one"), 10, 0)
		put(t, b, stored("shop", "g", "1", "two"), 10, 0)
		var usage struct{ Store string }
		if text := quietly(t, 0, "", "size", at, "--json"); json.Unmarshal([]byte(text), &usage) != nil || !strings.HasPrefix(usage.Store, shown) {
			t.Errorf("size says %s", text)
		}
		quietly(t, 0, "one", "ls", at)
		quietly(t, 0, "", "gc", at)
		quietly(t, 0, "Deleted 1 entry.", "clear", at, "f", "--yes")
		quietly(t, 0, "two", "ls", at)
	}
	quietly(t, 0, "No entries", "ls", "redis://:"+secret+"@"+addr) // database 0, by the default user
	quietly(t, 0, shown, "demo", "--backend", known, "--addr", "127.0.0.1:0", "--for", "1s")

	eachQuietly(t, 2, "may not be used", "redis://app:wrong"+secret+"@"+addr)
	eachQuietly(t, 2, "may not be used", "redis://"+addr)
	eachQuietly(t, 2, "doesn't have", "redis://app:"+secret+"@"+addr+"/99")
	eachQuietly(t, 2, "can't be reached", "redis://app:"+secret+"@"+testserver.FreeAddr(t)+"/3")
	eachQuietly(t, 2, "can't be reached", "redis://app:"+secret+"@nowhere.invalid/3")
	eachQuietly(t, 2, "can't be reached", "redis://app:"+secret+"@"+testserver.FreeAddr(t)+"?master_name=it&sentinel_password="+secret)
	t.Setenv("REDISCLI_AUTH", secret)
	quietly(t, 0, "two", "ls", shown)

	for _, wrong := range []string{
		"redis:" + secret + "@x", "redis://u:" + secret + "@here:port", "redis://u:" + secret + "%zz@here", "redis://u:a/" + secret + "@here",
		"redis://u:" + secret + "@here/x", "redis://u:" + secret + "@here/0/1", "redis://u:" + secret + "@here?what=1", "rediss://u:" + secret + "@here#x",
		"redis://u:" + secret + "@here?prefix=", "redis://u:" + secret + "@", "redis://here?master_name=it&db=x&sentinel_password=" + secret,
	} {
		eachQuietly(t, 2, "want redis://", wrong)
		quietly(t, 2, "want redis://", "demo", "--backend", wrong)
	}
}

// A server says whether it is of a Cluster, and Sentinels where their master is.
func TestRedisOfSeveralServers(t *testing.T) {
	cluster := testserver.StartRedisCluster(t)
	sentinel := testserver.StartRedisSentinel(t)
	for _, at := range []string{
		"redis://" + cluster.Addrs[1], "redis://" + cluster.Addrs[0] + "?addr=" + cluster.Addrs[2],
		"redis://" + sentinel.Addr + "/2?master_name=" + sentinel.Master,
	} {
		b := create(t, at)
		for _, key := range []string{"one", "two", "three", "four"} { // of several slots
			put(t, b, stored("shop", "f", "1", key), 10, 0)
		}
		quietly(t, 0, "Deleted 4 entries.", "clear", at, "f", "--yes")
	}
	quietly(t, 2, "can't be reached", "size", "redis://"+sentinel.Addr+"?master_name=another")
}
