package membackend_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// watch collects events until the watch ends; the result is safe to read after
// synctest.Wait.
func watch(ctx context.Context, s *membackend.Store, prefix string) (*[]backend.Event, *error) {
	events, end := new([]backend.Event), new(error)
	go func() {
		for ev, err := range s.Watch(ctx, prefix) {
			if err != nil {
				*end = err
				return
			}
			*events = append(*events, ev)
		}
	}()
	synctest.Wait()
	return events, end
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := membackend.New()
		must(t, s.Set(ctx, "a/before", value("v")))
		events, end := watch(ctx, s, "a/")

		must(t, s.Set(ctx, "a/1", value("v")))
		must(t, s.Set(ctx, "b/1", value("v")))
		must(t, s.Delete(ctx, "a/1"))
		for _, finish := range []func(backend.Lease) error{
			func(l backend.Lease) error { return l.Commit(ctx, value("v")) },
			func(l backend.Lease) error { return l.Release(ctx) },
			func(l backend.Lease) error { return l.Fail(ctx) },
		} {
			l, err := s.Lock(ctx, "a/2", time.Minute)
			must(t, err)
			must(t, finish(l))
		}
		must(t, s.Clear(ctx, "a/"))
		must(t, s.Clear(ctx, "b/"))
		must(t, s.Clear(ctx, ""))
		synctest.Wait()

		if want := []backend.Event{
			{Kind: backend.EventGap},
			{Kind: backend.EventStored, Key: "a/1"},
			{Kind: backend.EventDeleted, Key: "a/1"},
			{Kind: backend.EventStored, Key: "a/2"},
			{Kind: backend.EventReleased, Key: "a/2"},
			{Kind: backend.EventReleased, Key: "a/2"},
			{Kind: backend.EventReleased, Key: "a/2"}, // the mark, by Clear
			{Kind: backend.EventCleared, Key: "a/"},
			{Kind: backend.EventCleared, Key: ""},
		}; !slices.Equal(*events, want) {
			t.Errorf("told of %v, want %v", *events, want)
		}
		cancel()
		synctest.Wait()
		want(t, *end, context.Canceled)
	})
}

func TestCloseEndsWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := membackend.New()
		_, end := watch(t.Context(), s, "")
		must(t, s.Close())
		synctest.Wait()
		want(t, *end, backend.ErrClosed)
	})
}

// A watcher that doesn't read delays nobody, and learns that it missed some.
func TestASlowWatcher(t *testing.T) {
	s := membackend.New()
	var events []backend.Event
	for ev, err := range s.Watch(t.Context(), "") {
		must(t, err)
		events = append(events, ev)
		if len(events) == 1 {
			for i := range 10_000 {
				must(t, s.Set(t.Context(), strconv.Itoa(i), value("v")))
			}
		}
		if ev.Key == "9999" {
			break
		}
	}
	if len(events) > 2000 || events[1].Kind != backend.EventGap {
		t.Errorf("told of %d events, the second being %v", len(events), events[1])
	}
}
