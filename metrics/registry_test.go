package metrics_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// record records n misses.
func record(r *metrics.Recorder, n int) {
	for range n {
		r.Record(metrics.Call{Outcome: metrics.Miss, Duration: time.Millisecond})
	}
}

func TestRegistryAddsUpEquals(t *testing.T) {
	g := metrics.NewRegistry()
	zone := func(z string) metrics.RecorderOptions {
		return metrics.RecorderOptions{Labels: map[string]string{"zone": z}, Type: "int -> string"}
	}
	a1, a2, b, other := newRecorder("f", zone("a")), newRecorder("f", zone("a")), newRecorder("f", zone("b")), newRecorder("e", metrics.RecorderOptions{})
	for _, r := range []*metrics.Recorder{a1, a2, b, other, a1} { // one of them twice
		if err := g.Register(r); err != nil {
			t.Fatal(err)
		}
	}
	record(a1, 1)
	record(a2, 10)
	record(b, 100)
	record(other, 1000)
	for what, snapshots := range map[string][]metrics.Snapshot{
		"snapshots": slices.Collect(g.Snapshots()), "windows": slices.Collect(g.Windows(time.Hour)),
	} {
		var got []string
		var calls []uint64
		for _, s := range snapshots {
			got = append(got, s.Name+s.Labels["zone"])
			calls = append(calls, s.Calls())
		}
		if !slices.Equal(got, []string{"e", "fa", "fb"}) || !slices.Equal(calls, []uint64{1000, 11, 100}) {
			t.Errorf("%s: %v %v", what, got, calls)
		}
	}
	if n := g.Total().Calls(); n != 1111 {
		t.Errorf("total %d", n)
	}
	if found := g.Lookup("f"); len(found) != 3 || len(g.Lookup("none")) != 0 {
		t.Errorf("looked up %d", len(found))
	}
	if names := g.Names(); !slices.Equal(names, []string{"e", "f"}) {
		t.Errorf("names %v", names)
	}
	byName := slices.Collect(metrics.ByName(g).Snapshots())
	if len(byName) != 2 || byName[1].Calls() != 111 || byName[1].Name != "f" || byName[1].Labels != nil {
		t.Errorf("by name: %+v", byName)
	}
}

func TestRegistryRefuses(t *testing.T) {
	g := metrics.NewRegistry()
	first := newRecorder("f", metrics.RecorderOptions{Type: "int -> string"})
	if err := g.Register(first); err != nil {
		t.Fatal(err)
	}
	clash := newRecorder("f", metrics.RecorderOptions{Type: "int -> []byte", Labels: map[string]string{"a": "b"}})
	err := g.Register(clash)
	if !errors.Is(err, metrics.ErrTypeClash) {
		t.Fatalf("%v", err)
	}
	for _, part := range []string{`"f"`, "int -> string", "int -> []byte"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q doesn't say %s", err, part)
		}
	}
	if err := g.Register(nil); !errors.Is(err, metrics.ErrNoRecorder) || !strings.Contains(err.Error(), "WithoutMetrics") {
		t.Errorf("nil: %v", err)
	}
	g.Retire(nil)
	g.Retire(clash) // never registered
	g.Retire(first)
	if err := g.Register(first); !errors.Is(err, metrics.ErrRetired) {
		t.Errorf("retired: %v", err)
	}
	// The name is free again for another type.
	if err := g.Register(clash); err != nil {
		t.Error(err)
	}
}

func TestRetiredCountsStay(t *testing.T) {
	g := metrics.NewRegistry()
	for i := range 5 {
		r := newRecorder("f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) { g.Tiers[0].Entries = 9 }})
		if err := g.Register(r); err != nil {
			t.Fatal(err)
		}
		record(r, 10)
		r.AddInFlight(1)
		g.Retire(r)
		g.Retire(r)
		total := g.Total()
		if total.Calls() != uint64(10*(i+1)) {
			t.Errorf("%d calls after retiring %d", total.Calls(), i+1)
		}
		if total.Gauges().Tiers[0].Entries != -1 || total.InFlight() != 0 {
			t.Error("a retired recorder has gauges")
		}
	}
	for w := range g.Windows(time.Hour) {
		t.Errorf("a retired recorder has a window: %+v", w)
	}
}

// Whoever takes snapshots may use the registry meanwhile, and stop early.
func TestRegistryCanBeUsedWhileRead(t *testing.T) {
	g := metrics.NewRegistry()
	for _, name := range []string{"a", "b", "c"} {
		if err := g.Register(newRecorder(name, metrics.RecorderOptions{})); err != nil {
			t.Fatal(err)
		}
	}
	for s := range g.Snapshots() {
		for _, r := range g.Lookup(s.Name) {
			g.Retire(r)
		}
		if s.Name == "b" {
			break
		}
	}
	if len(g.Lookup("a"))+len(g.Lookup("b")) != 0 || len(g.Lookup("c")) != 1 {
		t.Error("retired others than those seen")
	}
	if metrics.Default() == nil || metrics.Default() == g {
		t.Error("the default registry is another one")
	}
}
