package redisbackend_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// A server without memory left is full, and serves what it has.
func TestFull(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartRedis(t, "--maxmemory", "4mb", "--maxmemory-policy", "noeviction")
	b := over(t, connect(t, server.Addr), nil)
	noise := make([]byte, 100_000)
	_, _ = rand.Read(noise)
	must(t, b.Set(ctx, "first", backend.Entry{Value: []byte("v")}))
	var err error
	for i := 0; err == nil; i++ {
		if i == 1000 {
			t.Fatal("a hundred megabytes fit into four")
		}
		err = b.Set(ctx, fmt.Sprint(i), backend.Entry{Value: noise})
	}
	if !errors.Is(err, backend.ErrFull) {
		t.Errorf("Set: %v", err)
	}
	if e, err := b.Get(ctx, "first"); string(e.Value) != "v" || err != nil {
		t.Errorf("Get: %q, %v", e.Value, err)
	}
	must(t, b.Clear(ctx, ""))
	must(t, b.Set(ctx, "k", backend.Entry{Value: noise}))
}

// A server that takes less than Redis does by default.
func TestTooLargeForTheServer(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartRedis(t, "--proto-max-bulk-len", "1mb")
	b := over(t, connect(t, server.Addr), &redisbackend.Options{MaxEntrySize: 1<<20 - 100})
	must(t, b.Set(ctx, "k", backend.Entry{Value: make([]byte, 1<<20-100)}))
	if err := b.Set(ctx, "k", backend.Entry{Value: make([]byte, 1<<20-99)}); !errors.Is(err, backend.ErrTooLarge) {
		t.Errorf("Set: %v", err)
	}
}

// A server that was restarted, or whose scripts were flushed, is told them
// again.
func TestRestart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartRedis(t)
	client := connect(t, server.Addr)
	b := over(t, client, nil)
	use := func() {
		t.Helper()
		l, err := b.Lock(ctx, "k", time.Minute)
		must(t, err)
		must(t, l.Commit(ctx, backend.Entry{Value: []byte("v")}))
		must(t, second(b.Get(ctx, "k")))
		must(t, b.Delete(ctx, "k"))
	}
	use()
	must(t, client.ScriptFlush(ctx).Err())
	use()
	server.Kill()
	if _, err := b.Get(ctx, "k"); err == nil || errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get from a dead server: %v", err)
	}
	testserver.StartRedisAt(t, server.Addr)
	use()
}

// A replica is an error of the driver, not a store that has lost everything.
func TestReplica(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	master := testserver.StartRedis(t)
	host, port, _ := strings.Cut(master.Addr, ":")
	replica := testserver.StartRedis(t, "--replicaof", host+" "+port)
	client := connect(t, replica.Addr)
	testserver.Eventually(t, "the replica follows", func() error {
		if info := client.Info(ctx, "replication").Val(); !strings.Contains(info, "master_link_status:up") {
			return errors.New("it doesn't yet")
		}
		return nil
	})
	b := over(t, client, nil)
	for op, err := range map[string]error{
		"Set": b.Set(ctx, "k", backend.Entry{}), "Lock": second(b.Lock(ctx, "k", time.Minute)),
	} {
		if err == nil || !strings.Contains(err.Error(), "READONLY") {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// Errors show neither passwords nor keys.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t, "--rename-command", "EVAL", "", "--rename-command", "EVALSHA", "")
	must(t, connect(t, server.Addr).ConfigSet(t.Context(), "requirepass", "right").Err())
	wrong := redis.NewClient(&redis.Options{Addr: server.Addr, Password: "hunter2"})
	right := redis.NewClient(&redis.Options{Addr: server.Addr, Password: "right"})
	for name, client := range map[string]*redis.Client{"a wrong password": wrong, "no scripts": right} {
		b := over(t, client, nil)
		ctx := t.Context()
		for op, err := range map[string]error{
			"Set":    b.Set(ctx, "personal", backend.Entry{Value: []byte("private")}),
			"Delete": b.Delete(ctx, "personal"),
			"Lock":   second(b.Lock(ctx, "personal", time.Minute)),
		} {
			if err == nil {
				t.Errorf("%s, %s: no error", name, op)
				continue
			}
			for _, secret := range []string{"personal", "private", "hunter2", "right"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s, %s: %q shows %q", name, op, err, secret)
				}
			}
		}
		_ = client.Close()
	}
}

// A server that hangs holds nobody up for longer than the context, and what
// reaches it too late has no effect.
func TestHangs(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	b := over(t, connect(t, server.Addr), nil)
	must(t, b.Set(t.Context(), "k", backend.Entry{Value: []byte("old")}))
	server.Freeze(t)
	late := func(run func(ctx context.Context) error) error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		return run(ctx)
	}
	start := time.Now()
	for op, run := range map[string]func(ctx context.Context) error{
		"Get":    func(ctx context.Context) error { return second(b.Get(ctx, "k")) },
		"Set":    func(ctx context.Context) error { return b.Set(ctx, "k", backend.Entry{Value: []byte("late")}) },
		"Lock":   func(ctx context.Context) error { return second(b.Lock(ctx, "leased", time.Hour)) },
		"Delete": func(ctx context.Context) error { return b.Delete(ctx, "other") },
	} {
		if err := late(run); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", op, err)
		}
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("four calls of 100 ms took %v", took)
	}
	server.Thaw(t)
	must(t, b.Delete(t.Context(), "k"))
	// What was sent before is done by now, in whatever order.
	for range 20 {
		must(t, second(b.Size(t.Context(), "")))
	}
	if e, err := b.Get(t.Context(), "k"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("a late Set overtook a Delete: %q, %v", e.Value, err)
	}
	l, err := b.Lock(t.Context(), "leased", time.Minute)
	if err != nil {
		t.Fatalf("a late Lock left a lease that nobody has: %v", err)
	}
	must(t, l.Release(t.Context()))
}
