package metrics_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// exactly says in what counts two snapshots differ, and in what sums by more than
// their rounding.
func exactly(t *testing.T, got, want metrics.Snapshot) {
	t.Helper()
	within(t, got, want, 1e-12)
}

// within says in what counts two snapshots differ, and in what sums by more than
// a part of them.
func within(t *testing.T, got, want metrics.Snapshot, part float64) {
	t.Helper()
	gotCounts, gotSums := flat(got)
	wantCounts, wantSums := flat(want)
	for name, n := range wantCounts {
		if gotCounts[name] != n {
			t.Errorf("%s: %d, want %d", name, gotCounts[name], n)
		}
	}
	for name, v := range wantSums {
		if off := math.Abs(gotSums[name] - v); off > part*math.Abs(v) {
			t.Errorf("%s: %v, want %v", name, gotSums[name], v)
		}
	}
	if len(gotCounts) != len(wantCounts) || len(gotSums) != len(wantSums) {
		t.Errorf("%d and %d series, want %d and %d", len(gotCounts), len(gotSums), len(wantCounts), len(wantSums))
	}
}

// What was packed adds up to what there was, with its gauges.
func TestPack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	gauges := func(g *metrics.Gauges) {
		g.CircuitRead = 1
		g.Tiers[metrics.TierLocal] = metrics.TierGauges{Entries: 1, EntriesLimit: 2, Size: 3, SizeLimit: -1, SizeAge: metrics.Unknown}
		g.Tiers[metrics.TierBackend] = metrics.TierGauges{Entries: 10, EntriesLimit: -1, Size: 30, SizeLimit: -1, SizeAge: time.Second, Shared: true, Identity: "x"}
	}
	r := newRecorder("f", metrics.RecorderOptions{Gauges: gauges, Hits: func() uint64 { return 5 }})
	var sum metrics.Adder
	var before metrics.Snapshot
	for range 10 {
		busySecond(r, rng)
		now := r.Snapshot()
		if err := sum.Add(now.Minus(before).AppendPacked(nil, true), metrics.Layout{}); err != nil {
			t.Fatal(err)
		}
		before = now
	}
	exactly(t, sum.Snapshot(before), before)
	again, err := sum.Snapshot(metrics.Snapshot{}).WithGauges(before.PackGauges(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if again.Gauges() != before.Gauges() {
		t.Errorf("gauges %+v, want %+v", again.Gauges(), before.Gauges())
	}
	var rough metrics.Adder
	if err := rough.Add(before.AppendPacked(nil, false), metrics.Layout{}); err != nil {
		t.Fatal(err)
	}
	within(t, rough.Snapshot(before), before, 1e-6)
	var twice metrics.Adder
	twice.AddSnapshot(before)
	twice.AddSnapshot(metrics.Snapshot{})
	exactly(t, twice.Snapshot(before), before)
	if n := len((metrics.Snapshot{}).AppendPacked(nil, true)) + len(before.Minus(before).AppendPacked(nil, true)); n != 0 {
		t.Errorf("nothing takes %d bytes", n)
	}
}

// A program reads what one of another version packed: what both know, by name,
// in whatever order that has it.
func TestLayoutOfAnotherVersion(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	busySecond(r, rand.New(rand.NewPCG(1, 2)))
	s := r.Snapshot()
	packed := s.AppendPacked(nil, true)
	own := metrics.Layout{}

	same, err := metrics.ParseLayout(own.Text())
	if err != nil || same.ID() != own.ID() {
		t.Fatal(same, err)
	}
	// Another version names a counter and a histogram otherwise.
	text := strings.Replace(own.Text(), "cachier.requests outcome=miss reason=absent\n", "cachier.news outcome=miss\n", 1)
	text = strings.Replace(text, "cachier.entry.size\n", "cachier.other.size\n", 1)
	other, err := metrics.ParseLayout(text)
	if err != nil || other.ID() == own.ID() || other.Text() != text {
		t.Fatal(other, err)
	}
	if !own.Known() || !same.Known() || other.Known() {
		t.Errorf("the own layout is known: %v, %v, another one: %v", own.Known(), same.Known(), other.Known())
	}
	var sum metrics.Adder
	if err := sum.Add(packed, other); err != nil {
		t.Fatal(err)
	}
	got := sum.Snapshot(s)
	gone := s.Requests(metrics.Miss) - got.Requests(metrics.Miss)
	if s.Calls()-got.Calls() != gone || gone == 0 || got.EntrySize().Count() != 0 || s.EntrySize().Count() == 0 {
		t.Errorf("%d of %d calls, %d misses gone, %d sizes", got.Calls(), s.Calls(), gone, got.EntrySize().Count())
	}
	if got.LatencyAll().Count() != s.LatencyAll().Count() {
		t.Error("latencies were lost")
	}
	for _, wrong := range []string{"", "cachier packed 2\n", "cachier packed 1\n7 what\n", "cachier packed 1\n" + strings.Repeat("0 x\n", 70_000)} {
		if _, err := metrics.ParseLayout(wrong); err == nil {
			t.Errorf("%.30q is taken for a layout", wrong)
		}
	}
}

// No text of bytes does harm, with whatever layout.
func FuzzAdder(f *testing.F) {
	r := newRecorder("f", metrics.RecorderOptions{})
	busySecond(r, rand.New(rand.NewPCG(1, 2)))
	f.Add(r.Snapshot().AppendPacked(nil, true), r.Snapshot().PackGauges(), "cachier packed 1\n0 x\n1 y\n2 z\n")
	f.Add([]byte{}, []byte("null"), metrics.Layout{}.Text())
	f.Fuzz(func(t *testing.T, packed, gauges []byte, text string) {
		l, _ := metrics.ParseLayout(text)
		var sum metrics.Adder
		_ = sum.Add(packed, l)
		s, _ := sum.Snapshot(metrics.Snapshot{}).WithGauges(gauges, time.Hour)
		_ = s.Plus(s).Gauges()
		for range s.Series() {
		}
	})
}

func TestSamplingText(t *testing.T) {
	half, err := metrics.SampleRate(0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []metrics.Sampling{{}, half} {
		text, _ := want.MarshalText()
		var got metrics.Sampling
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	var s metrics.Sampling
	for _, wrong := range []string{"", "2", "often"} {
		if err := s.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q is a sampling", wrong)
		}
	}
}
