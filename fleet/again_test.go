package fleet_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// again publishes what a program counts once more, after it has ended.
func (p *program) again(store backend.Backend, o *fleet.Options) {
	ctx, stop := context.WithCancel(p.t.Context())
	p.stop = stop
	go func() { p.done <- fleet.Publish(ctx, store, p.registry, o) }()
	synctest.Wait()
}

// One registry is published to a fleet by one call at a time; to others, and by
// other registries, at once.
func TestPublishingTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, o := membackend.New(), &fleet.Options{Instance: "a"}
		p := run(t, store, o)
		p.call(3)
		for what, same := range map[string]backend.Backend{"the store": store, "one that says it is the store": &flaky{Store: store}} {
			if err := fleet.Publish(t.Context(), same, p.registry, &fleet.Options{Instance: "b"}); !errors.Is(err, fleet.ErrPublishing) {
				t.Errorf("%s: %v", what, err)
			}
		}
		over, stop := context.WithCancel(t.Context())
		stop()
		for what, err := range map[string]error{
			"another fleet":    fleet.Publish(over, store, p.registry, &fleet.Options{Fleet: "other"}),
			"another store":    fleet.Publish(over, membackend.New(), p.registry, o),
			"another registry": fleet.Publish(over, store, metrics.NewRegistry(), o),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		p.end()
		if n := totals(t, store).Sum().Calls(); n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
	})
}

// A registry that is published again, as when a program reloads its configuration,
// counts once: what it counted before and in between, in totals and in windows, and
// in its own windows beside what an earlier program counted.
func TestPublishingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, o := newOutageStore(), &fleet.Options{Instance: "a"}
		earlier := run(t, store, o)
		earlier.call(100)
		earlier.end()
		time.Sleep(time.Minute)

		p := run(t, store, o)
		check := func(want uint64) {
			t.Helper()
			v, err := fleet.NewView(store, "")
			if err != nil {
				t.Fatal(err)
			}
			w, err := v.Window(t.Context(), 2*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := totals(t, store).Sum().Calls(), w.Sum().Calls(); a != want || b != want {
				t.Errorf("%d calls in all and %d in a window, want %d", a, b, want)
			}
			if n := p.r.Window(2 * time.Hour).Calls(); n != want {
				t.Errorf("%d calls in the registry's window, want %d", n, want)
			}
		}
		p.call(10)
		time.Sleep(time.Minute)
		check(110)
		p.end()
		p.call(1) // while nobody publishes
		time.Sleep(time.Minute)

		p.again(store, o)
		p.call(2)
		time.Sleep(time.Minute)
		check(113)
		store.is(readOnly) // so that the last write fails
		p.call(4)
		p.stop()
		if err := <-p.done; err == nil {
			t.Error("the last write is said to have succeeded")
		}
		p.again(store, o)
		if err := <-p.done; err == nil {
			t.Error("a store that refuses writes could be used")
		}
		store.is(none)

		time.Sleep(time.Minute)
		p.again(store, o)
		time.Sleep(time.Minute)
		check(117)
		p.end()
		check(117)
		if n := len(totals(t, store).Starts); n != 4 {
			t.Errorf("%d starts, want 4", n)
		}
	})
}

// What an earlier program counted is remembered once, though a registry is
// published to two stores that both have it.
func TestPublishingToTwoStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two, o := membackend.New(), membackend.New(), &fleet.Options{Instance: "a"}
		earlier := run(t, one, o)
		earlier.call(10)
		earlier.end()
		earlier.again(two, o)
		earlier.end()
		time.Sleep(time.Minute)

		p := run(t, one, o)
		done := make(chan error)
		ctx, stop := context.WithCancel(t.Context())
		go func() { done <- fleet.Publish(ctx, two, p.registry, o) }()
		p.call(1)
		time.Sleep(time.Minute)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		p.end()
		if n := p.r.Window(time.Hour).Calls(); n != 11 {
			t.Errorf("%d calls in the registry's window, want 11", n)
		}
		if a, b := totals(t, one).Sum().Calls(), totals(t, two).Sum().Calls(); a != 11 || b != 11 {
			t.Errorf("%d and %d calls, want 11", a, b)
		}
	})
}
