package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// remote is a store that takes a second to get what was counted in a span, as long
// as the context lets it. Totals and the roster are there at once.
type remote struct{ backend.Locker }

func (r remote) Get(ctx context.Context, key string) (backend.Entry, error) {
	if strings.HasSuffix(key, "/total") || key == rosterKey {
		return r.Locker.Get(ctx, key)
	}
	select {
	case <-time.After(time.Second):
		return r.Locker.Get(ctx, key)
	case <-ctx.Done():
		return backend.Entry{}, ctx.Err()
	}
}

// A program that was started so often that its past can't be read in time is
// published all the same, with as much of its past as there was time for, from its
// newest start on.
func TestLongPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		for range 40 {
			begin(t, store, "a", 1)
			time.Sleep(time.Second)
		}
		begin(t, store, "a", 100)
		time.Sleep(time.Minute)
		p := run(t, remote{store}, &fleet.Options{Instance: "a", Logger: slog.New(slog.DiscardHandler)})
		time.Sleep(8 * time.Second)
		if n := len(totals(t, store).Starts); n != 42 {
			t.Errorf("%d starts on the roster, want 42", n)
		}
		if n := p.r.Window(time.Hour).Calls(); n < 100 || n > 110 {
			t.Errorf("%d calls are remembered, want those of the newest start", n)
		}
		p.end()
	})
}

// unreadable is a store of which totals can't be read.
type unreadable struct{ backend.Locker }

func (u unreadable) Get(ctx context.Context, key string) (backend.Entry, error) {
	if strings.HasSuffix(key, "/total") {
		return backend.Entry{}, errOutage
	}
	return u.Locker.Get(ctx, key)
}

// A call of Publish that fails leaves nothing on the roster.
func TestFailedPublishDoesNotJoin(t *testing.T) {
	store := membackend.New()
	o := &fleet.Options{Instance: "a"}
	begin(t, store, "a", 1)
	for range 3 {
		if err := fleet.Publish(t.Context(), unreadable{store}, metrics.NewRegistry(), o); !errors.Is(err, errOutage) {
			t.Error(err)
		}
	}
	if n := len(totals(t, store).Starts); n != 1 {
		t.Errorf("%d starts on the roster, want 1", n)
	}
}
