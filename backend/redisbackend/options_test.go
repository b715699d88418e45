package redisbackend_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Two prefixes in one database share neither entries nor leases nor identity.
func TestPrefixesAreApart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := connect(t, testserver.StartRedis(t).Addr)
	a := over(t, client, &redisbackend.Options{Prefix: "a:"})
	b := over(t, client, &redisbackend.Options{Prefix: "b:"})
	must(t, a.Set(ctx, "k", backend.Entry{}))
	must(t, second(a.Lock(ctx, "l", time.Minute)))
	if _, err := b.Get(ctx, "k"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get under the other prefix: %v", err)
	}
	must(t, second(b.Lock(ctx, "l", time.Minute)))
	must(t, b.Clear(ctx, ""))
	must(t, second(a.Get(ctx, "k")))
	if a.Identity() == b.Identity() {
		t.Errorf("both are %s", a.Identity())
	}
	if a.Identity() != over(t, client, &redisbackend.Options{Prefix: "a:"}).Identity() {
		t.Error("one store has two identities")
	}
}

// New asks nothing of the server, so that a program starts without it; the
// identity is known once the server is.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	addr := testserver.FreeAddr(t)
	b := over(t, connect(t, addr), nil)
	if _, err := b.Get(t.Context(), "k"); err == nil || errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	if id := b.Identity(); id != "" {
		t.Errorf("the identity is %q", id)
	}
	testserver.StartRedisAt(t, addr)
	if id := b.Identity(); id == "" {
		t.Error("the identity is empty")
	}
}

// The first entry that doesn't expire, and one that does, are seen so by Redis.
func TestNativeExpiry(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := connect(t, testserver.StartRedis(t).Addr)
	b := over(t, client, nil)
	ttl := func() time.Duration { return client.PTTL(ctx, "cachier:k").Val() }
	must(t, b.Set(ctx, "k", backend.Entry{}))
	if ttl() != -1 {
		t.Errorf("without Expires it lasts %v", ttl())
	}
	must(t, b.Set(ctx, "k", backend.Entry{Expires: time.Now().Add(time.Hour)}))
	between(t, ttl(), time.Hour)
	l, err := b.Lock(ctx, "k", 2*time.Hour)
	must(t, err)
	between(t, ttl(), 2*time.Hour)
	must(t, l.Release(ctx))
	between(t, ttl(), time.Hour)
	must(t, b.Delete(ctx, "k"))
	must(t, second(b.Lock(ctx, "k", time.Minute)))
	between(t, ttl(), time.Minute)
}

func between(t *testing.T, got, most time.Duration) {
	t.Helper()
	if got > most+10*time.Millisecond || got < most-30*time.Second {
		t.Errorf("Redis keeps it for %v, want %v", got, most)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	b := over(t, connect(t, testserver.StartRedis(t).Addr), nil)
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	readings, err := b.Probe(t.Context())
	must(t, err)
	found := map[string]float64{}
	for _, r := range readings {
		if r.Help == "" || r.Unit == "" || r.Counter != strings.HasSuffix(r.Name, "_total") {
			t.Errorf("%+v", r)
		}
		found[r.Name] = r.Value
	}
	if found["pool_total_connections"] != 1 || found["calls_total"] != 1 || found["call_seconds_total"] <= 0 || len(found) != len(readings) {
		t.Errorf("got %v", found)
	}
	_ = b.Close()
	if _, err := b.Probe(t.Context()); !errors.Is(err, backend.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
