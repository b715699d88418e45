package redisbackend_test

import (
	"context"
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

// listen starts a watch, and returns its events and how it ends.
func listen(ctx context.Context, b *redisbackend.Backend, prefix string) (<-chan backend.Event, <-chan error) {
	events, end := make(chan backend.Event, 10_000), make(chan error, 1)
	go func() { // ends with ctx, or the backend
		for ev, err := range b.Watch(ctx, prefix) {
			if err != nil {
				end <- err
				return
			}
			events <- ev
		}
	}()
	return events, end
}

// next waits for an event of that kind.
func next(t *testing.T, events <-chan backend.Event, kind backend.EventKind) backend.Event {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		select {
		case ev := <-events:
			if ev.Kind == kind {
				return ev
			}
		case <-deadline:
			t.Fatalf("no event %v", kind)
		}
	}
}

// A connection that is lost is a gap; then events come again.
func TestWatchSurvives(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	b := over(t, connect(t, server.Addr), nil)
	events, _ := listen(t.Context(), b, "")
	next(t, events, backend.EventGap)
	for name, disturb := range map[string]func(){
		"the connection": func() { must(t, connect(t, server.Addr).ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err()) },
		"the server": func() {
			server.Kill()
			server = testserver.StartRedisAt(t, server.Addr)
		},
	} {
		disturb()
		next(t, events, backend.EventGap)
		must(t, b.Set(t.Context(), name, backend.Entry{}))
		if ev := next(t, events, backend.EventStored); ev.Key != name {
			t.Errorf("told of %q", ev.Key)
		}
	}
}

// A server that hangs is noticed, and so is its return.
func TestWatchOfAHangingServer(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	b := over(t, connect(t, server.Addr), nil)
	events, _ := listen(t.Context(), b, "")
	next(t, events, backend.EventGap)
	server.Freeze(t)
	time.Sleep(7 * time.Second) // two silences of three seconds, in which nothing can be waited for
	server.Thaw(t)
	next(t, events, backend.EventGap)
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	next(t, events, backend.EventStored)
}

// All watches share one connection, which is gone with the backend.
func TestOneSubscription(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	client := connect(t, server.Addr)
	b := over(t, connect(t, server.Addr), nil)
	subscribers := func() int64 {
		return client.PubSubNumSub(t.Context(), "cachier:events").Val()["cachier:events"]
	}
	ctx, stop := context.WithCancel(t.Context())
	for i := range 50 {
		events, _ := listen(ctx, b, fmt.Sprint(i))
		next(t, events, backend.EventGap)
	}
	if n := subscribers(); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	stop()
	must(t, b.Close())
	testserver.Eventually(t, "the subscription ends", func() error {
		if n := subscribers(); n != 0 {
			return fmt.Errorf("%d are left", n)
		}
		return nil
	})
}

// Who may not publish still stores, and who may not subscribe is told so.
func TestWithoutChannels(t *testing.T) {
	t.Parallel()
	server := testserver.StartRedis(t)
	ctx := t.Context()
	must(t, connect(t, server.Addr).Do(ctx, "ACL", "SETUSER", "narrow", "on", ">pass", "~*", "+@all", "resetchannels").Err())
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Username: "narrow", Password: "pass"})
	defer func() { _ = client.Close() }()
	b := over(t, client, nil)
	must(t, b.Set(ctx, "k", backend.Entry{}))
	must(t, b.Clear(ctx, ""))
	_, end := listen(ctx, b, "")
	select {
	case err := <-end:
		if !strings.Contains(err.Error(), "NOPERM") {
			t.Errorf("the watch ended by %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("the watch goes on")
	}
	q := over(t, client, &redisbackend.Options{Quiet: true})
	for _, err := range q.Watch(ctx, "") {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a quiet backend's watch: %v", err)
		}
	}
}

// In a Cluster all learn of what happens on any server.
func TestWatchInCluster(t *testing.T) {
	t.Parallel()
	servers := testserver.StartRedisCluster(t)
	b := over(t, connectCluster(t, servers), nil)
	another := over(t, connectCluster(t, servers), nil)
	events, _ := listen(t.Context(), b, "")
	next(t, events, backend.EventGap)
	for i := range 30 {
		key := fmt.Sprint("k", i)
		must(t, another.Set(t.Context(), key, backend.Entry{}))
		if ev := next(t, events, backend.EventStored); ev.Key != key {
			t.Errorf("told of %q, want %q", ev.Key, key)
		}
	}
}
