package redisbackend_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Hosts whose clocks are five minutes off, either way, see the ages and the ends
// that there are.
func TestHostsWithWrongClocks(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartRedis(t)
	offsets := []time.Duration{0, 5 * time.Minute, -5 * time.Minute}
	for _, writer := range offsets {
		w := over(t, connect(t, server.Addr), nil)
		w.SetClock(func() time.Time { return time.Now().Add(writer) })
		now := time.Now().Add(writer)
		must(t, w.Set(ctx, "k", backend.Entry{Created: now.Add(-time.Minute), Expires: now.Add(time.Minute)}))
		must(t, w.Delete(ctx, "leased"))
		must(t, second(w.Lock(ctx, "leased", time.Minute)))
		for _, reader := range offsets {
			r := over(t, connect(t, server.Addr), nil)
			r.SetClock(func() time.Time { return time.Now().Add(reader) })
			e, err := r.Get(ctx, "k")
			must(t, err)
			now := time.Now().Add(reader)
			near(t, "Created", e.Created, now.Add(-time.Minute))
			near(t, "Expires", e.Expires, now.Add(time.Minute))
			for info, err := range r.List(ctx, "k") {
				must(t, err)
				near(t, "Created in a list", info.Created, now.Add(-time.Minute))
			}
			many, err := r.GetMany(ctx, []string{"k"})
			must(t, err)
			near(t, "Created of many", many["k"].Created, now.Add(-time.Minute))
			_, err = r.Lock(ctx, "leased", time.Minute)
			held, ok := err.(*backend.HeldError)
			if !ok {
				t.Fatalf("Lock: %v", err)
			}
			near(t, "the lease's end", held.Holder.Expires, now.Add(time.Minute))
		}
	}
}

func near(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if got.Sub(want).Abs() > 10*time.Second { // a busy machine is far from minutes
		t.Errorf("%s is %v off", what, got.Sub(want))
	}
}

// A clock that jumps, forwards or backwards, ages nothing.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := over(t, connect(t, testserver.StartRedis(t).Addr), nil)
	var offset atomic.Int64
	b.SetClock(func() time.Time { return time.Now().Add(time.Duration(offset.Load())) })
	must(t, b.Set(ctx, "k", backend.Entry{Created: b.Now().Add(-time.Minute)}))
	must(t, second(b.Get(ctx, "k")))
	for _, d := range []time.Duration{time.Hour, -time.Hour, 3 * time.Minute} {
		offset.Store(int64(d))
		e, err := b.Get(ctx, "k")
		must(t, err)
		near(t, "Created", e.Created, b.Now().Add(-time.Minute))
	}
	// Nor does it make a write count as too late.
	offset.Store(int64(-2 * time.Hour))
	late, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	must(t, b.Set(late, "k", backend.Entry{}))
}
