package integration_test

import (
	"context"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/metrics"
)

// published is a program that has a function called so often, while it is
// published.
func published(t *testing.T, b backend.Backend, instance string, calls int) *metrics.Recorder {
	t.Helper()
	g := metrics.NewRegistry()
	r, err := metrics.NewRecorder("f", metrics.RecorderOptions{})
	if err == nil {
		err = g.Register(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range calls {
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop() // it is over at once, and all the same it is written
	if err := fleet.Publish(ctx, b, g, &fleet.Options{Instance: instance}); err != nil {
		t.Fatal(err)
	}
	return r
}

// A fleet does on every store: its sums, and windows over a restart.
func TestFleet(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		b := stores[store](t, t.TempDir())
		published(t, b, "one", 1)
		published(t, b, "other", 10)
		again := published(t, b, "one", 100)
		if n := again.Window(24 * time.Hour).Calls(); n != 101 {
			t.Errorf("%d calls in the last day, over the restart; want 101", n)
		}
		v, err := fleet.NewView(b, "")
		if err != nil {
			t.Fatal(err)
		}
		all, err := v.Totals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		hour, err := v.Window(t.Context(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for what, a := range map[string]*fleet.Answer{"in all": all, "in an hour": hour} {
			groups := a.By("instance")
			if len(groups) != 2 || groups[0].Snapshot.Calls() != 101 || groups[1].Snapshot.Calls() != 10 || a.Skipped != 0 {
				t.Errorf("%s: %+v, %d skipped; want 101 and 10 calls", what, groups, a.Skipped)
			}
		}
	})
}
