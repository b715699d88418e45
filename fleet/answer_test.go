package fleet_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// written is what a start has written once.
func written(t *testing.T, store backend.Backend, o *fleet.Options, r *metrics.Recorder) {
	t.Helper()
	g := metrics.NewRegistry()
	p, err := fleet.NewPublisher(t.Context(), store, o, 0)
	if err == nil {
		err = g.Register(r)
	}
	if err == nil {
		err = p.Flush(t.Context(), g)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A quantile over all instances is that of all their calls together, within the
// error of a histogram.
func TestQuantilesOfAFleet(t *testing.T) {
	store, rng := membackend.New(), rand.New(rand.NewPCG(1, 2))
	var all []float64
	for i := range 5 {
		r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
		for range 400 {
			d := time.Duration(math.Exp(float64(i)/2+rng.NormFloat64()) * float64(time.Millisecond))
			all = append(all, d.Seconds())
			r.Record(metrics.Call{Outcome: metrics.Hit, Duration: d, Age: metrics.Unknown})
		}
		written(t, store, &fleet.Options{Instance: fmt.Sprint(i)}, r)
	}
	slices.Sort(all)
	v, err := fleet.NewView(store, "")
	if err != nil {
		t.Fatal(err)
	}
	hour, err := v.Window(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for what, a := range map[string]*fleet.Answer{"in all": totals(t, store), "in an hour": hour} {
		for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 0.999} {
			want := all[int(math.Ceil(q*float64(len(all))))-1]
			if got := a.Sum().Latency(metrics.Hit).Quantile(q).Seconds(); math.Abs(got/want-1) > 0.05 {
				t.Errorf("%s: quantile %v is %v, want %v within 5 %%", what, q, got, want)
			}
		}
	}
}

// A gauge of each instance's own adds up, of one of a store that they share the
// newest counts, and who is stale has none.
func TestGaugesOfAFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		for i := range 3 {
			r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) {
				g.Tiers[metrics.TierLocal].Entries = 10
				shared := &g.Tiers[metrics.TierBackend]
				shared.Shared, shared.Identity, shared.Entries, shared.SizeAge = true, "redis:1", int64(100+i), time.Duration(i)*time.Minute
			}})
			if i == 2 {
				time.Sleep(20 * time.Second)
			}
			written(t, store, &fleet.Options{Instance: fmt.Sprint(i)}, r)
		}
		expect := func(local, shared int64) {
			t.Helper()
			g := totals(t, store).Sum().Gauges()
			if n := g.Tiers[metrics.TierLocal].Entries; n != local {
				t.Errorf("%d entries in memory, want %d", n, local)
			}
			if n := g.Tiers[metrics.TierBackend].Entries; n != shared {
				t.Errorf("%d entries on the store, want %d", n, shared)
			}
		}
		expect(30, 100)
		time.Sleep(11 * time.Second) // two are stale now
		expect(10, 102)
		time.Sleep(20 * time.Second)
		expect(-1, -1)
	})
}

// Groups have the same values of each key, whatever is in them, and come in the
// order of those.
func TestGroups(t *testing.T) {
	store := membackend.New()
	for i, region := range []string{"south\x00a", "south", "north", "south", ""} {
		r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Labels: map[string]string{"team": "search", "region": "of the function"}})
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
		o := &fleet.Options{Instance: fmt.Sprint(i), Version: "v1"}
		if region != "" {
			o.Labels = map[string]string{"region": region}
		}
		written(t, store, o, r)
	}
	a := totals(t, store)
	for _, test := range []struct {
		by   []string
		want string
	}{
		{[]string{"region"}, `["north"]1 ["of the function"]1 ["south"]2 ["south\x00a"]1 `},
		{[]string{fleet.Function, "team"}, `["f" "search"]5 `},
		{[]string{fleet.Version, "none"}, `["v1" ""]5 `},
		{[]string{"region", fleet.Instance}, `["north" "2"]1 ["of the function" "4"]1 ["south" "1"]1 ["south" "3"]1 ["south\x00a" "0"]1 `},
		{nil, `[]5 `},
	} {
		got := ""
		for _, g := range a.By(test.by...) {
			got += fmt.Sprintf("%q%d ", g.Values, g.Snapshot.Calls())
		}
		if got != test.want {
			t.Errorf("by %q: %s, want %s", test.by, got, test.want)
		}
	}
	a.Keep(func(p fleet.Part) bool { return p.Start.Instance == "2" })
	if n := a.Sum().Calls(); n != 1 {
		t.Errorf("%d calls kept, want 1", n)
	}
	a.Keep(func(fleet.Part) bool { return false })
	if groups := a.By("region"); len(groups) > 0 {
		t.Errorf("%d groups of nothing", len(groups))
	}
}
