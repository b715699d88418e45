package s3backend_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Hosts whose clocks are five minutes off, either way, see the ages and the ends
// that there are, to some seconds.
func TestHostsWithWrongClocks(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	host := func(off time.Duration) (*s3backend.Locker, func() time.Time) {
		b := s3backend.NewLocker(connect(t, server.S3Access), server.Bucket, nil)
		now := func() time.Time { return time.Now().Add(off) }
		b.SetClock(now)
		return b, now
	}
	offsets := []time.Duration{0, 5 * time.Minute, -5 * time.Minute}
	for _, writer := range offsets {
		w, now := host(writer)
		must(t, w.Set(ctx, "k", backend.Entry{Created: now().Add(-time.Minute), Expires: now().Add(time.Minute)}))
		must(t, w.Delete(ctx, "leased"))
		must(t, second(w.Lock(ctx, "leased", time.Minute)))
		for _, reader := range offsets {
			r, now := host(reader)
			e, err := r.Get(ctx, "k")
			must(t, err)
			near(t, "Created", e.Created, now().Add(-time.Minute))
			near(t, "Expires", e.Expires, now().Add(time.Minute))
			for info, err := range r.List(ctx, "k") {
				must(t, err)
				near(t, "Created in a list", info.Created, now().Add(-time.Minute))
			}
			if n, err := r.Cleanup(ctx, ""); n != 0 || err != nil {
				t.Errorf("Cleanup: %d, %v", n, err)
			}
			_, err = r.Lock(ctx, "leased", time.Minute)
			held, ok := errors.AsType[*backend.HeldError](err)
			if !ok {
				t.Fatalf("Lock: %v", err)
			}
			near(t, "the lease's end", held.Holder.Expires, now().Add(time.Minute))
		}
	}
}

func near(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if got.Sub(want).Abs() > 20*time.Second { // a busy machine is far from minutes
		t.Errorf("%s is %v off", what, got.Sub(want))
	}
}

// A host whose clock is right keeps it, to the microsecond, whatever the server
// tells.
func TestRightClockIsKept(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	b := s3backend.New(connect(t, server.S3Access), server.Bucket, nil)
	e := backend.Entry{Created: time.Now(), Expires: time.Now().Add(time.Hour)}
	must(t, b.Set(ctx, "k", e))
	for range 20 {
		got, err := b.Get(ctx, "k")
		must(t, err)
		if !got.Created.Equal(e.Created.Truncate(time.Microsecond)) || got.Expires.Sub(e.Expires).Abs() > time.Microsecond {
			t.Fatalf("got %v and %v, want %v and %v", got.Created, got.Expires, e.Created, e.Expires)
		}
	}
}
