package metrics_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// flat is everything in a snapshot, by series; buckets one by one. Sums of
// seconds are apart: they are floating-point.
func flat(s metrics.Snapshot) (counts map[string]uint64, sums map[string]float64) {
	counts, sums = map[string]uint64{}, map[string]float64{}
	for series := range s.Series() {
		name := fmt.Sprint(series.Metric.Name, series.Labels)
		switch {
		case series.Metric.Kind == metrics.KindHistogram:
			counts[name] = series.Buckets.Count
			counts[name+" zero"] = series.Buckets.ZeroCount
			sums[name] = series.Buckets.Sum
			for i, n := range series.Buckets.All() {
				counts[fmt.Sprint(name, " ", i)] = n
			}
		case series.Metric.Kind == metrics.KindGauge, series.Metric.Unit == "s", series.Metric.Unit == "1":
			sums[name] = series.Value
		default:
			counts[name] = uint64(series.Value)
		}
	}
	return counts, sums
}

// equal fails the test unless two snapshots hold the same.
func equal(t *testing.T, law string, a, b metrics.Snapshot) {
	t.Helper()
	countsA, sumsA := flat(a)
	countsB, sumsB := flat(b)
	if !maps.Equal(countsA, countsB) {
		t.Errorf("%s: counts differ\n%v\n%v", law, countsA, countsB)
	}
	if len(sumsA) != len(sumsB) {
		t.Errorf("%s: sums differ\n%v\n%v", law, sumsA, sumsB)
	}
	for name, v := range sumsA {
		if w := sumsB[name]; math.Abs(v-w) > 1e-9*max(math.Abs(v), math.Abs(w)) {
			t.Errorf("%s: %s is %v and %v", law, name, v, w)
		}
	}
	if a.Name != b.Name || a.Backend != b.Backend || a.Sampling != b.Sampling || !maps.Equal(a.Labels, b.Labels) ||
		!a.From.Equal(b.From) || !a.To.Equal(b.To) || !a.Start.Equal(b.Start) || a.Gauges() != b.Gauges() {
		t.Errorf("%s: %+v and %+v", law, a, b)
	}
}

// randomSnapshots are of functions that differ in everything a sum must settle.
func randomSnapshots(n int) []metrics.Snapshot {
	rng := rand.New(rand.NewPCG(5, 6))
	var all []metrics.Snapshot
	for i := range n {
		sampling := metrics.Sampling{}
		if i%3 == 0 {
			sampling = must(metrics.SampleRate(0.5))
		}
		entries := rng.Int64N(1000) - 1
		r := newRecorder([]string{"a", "b"}[i/2%2], metrics.RecorderOptions{
			Backend: []string{"memory", "redis"}[i/3%2], Sampling: sampling,
			Labels: map[string]string{"zone": []string{"x", "y"}[i%2], "app": "shop"},
			Hits:   func() uint64 { return uint64(i) * 1000 },
			Gauges: func(g *metrics.Gauges) {
				g.Tiers[metrics.TierLocal].Entries = entries
				shared := &g.Tiers[metrics.TierBackend]
				shared.Shared, shared.Identity = true, []string{"redis-1", "redis-2"}[i%2]
				shared.Entries, shared.SizeAge = entries+5, time.Duration(i%4)*time.Second
				g.CircuitRead = int8(i%3) - 1
			},
		})
		for range rng.IntN(3) {
			busySecond(r, rng)
		}
		if i%4 == 0 {
			r.AddInFlight(i)
		}
		all = append(all, r.Snapshot())
	}
	return all
}

func TestPlusIsCommutativeAndAssociative(t *testing.T) {
	all := randomSnapshots(8)
	for _, a := range all {
		for _, b := range all {
			equal(t, "a+b = b+a", a.Plus(b), b.Plus(a))
			for _, c := range all {
				equal(t, "(a+b)+c = a+(b+c)", a.Plus(b).Plus(c), a.Plus(b.Plus(c)))
			}
		}
		equal(t, "a+0 = a", a.Plus(metrics.Snapshot{}), a)
		equal(t, "0+a = a", metrics.Snapshot{}.Plus(a), a)
	}
}

func TestMinusUndoesPlus(t *testing.T) {
	all := randomSnapshots(8)
	for _, a := range all {
		for _, b := range all {
			sum := a.Plus(b)
			diff := sum.Minus(b)
			want, _ := flat(a)
			got, _ := flat(diff)
			// Gauges are the minuend's and aren't counts.
			if !maps.Equal(got, want) {
				t.Errorf("(a+b)-b: %v, want %v", got, want)
			}
			if off := math.Abs(float64(diff.Saved() - a.Saved())); off > 1e-9*float64(sum.Saved()) {
				t.Errorf("(a+b)-b saved %v, want %v", diff.Saved(), a.Saved())
			}
			if diff.Gauges() != sum.Gauges() {
				t.Error("Minus didn't keep the minuend's gauges")
			}
			if !diff.From.Equal(b.To) || !diff.To.Equal(sum.To) {
				t.Errorf("covers %v to %v", diff.From, diff.To)
			}
		}
	}
}

func TestMinusNeverGoesBelowZero(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	rng := rand.New(rand.NewPCG(1, 1))
	busySecond(r, rng)
	early := r.Snapshot()
	busySecond(r, rng)
	diff := early.Minus(r.Snapshot())
	if diff.Calls() != 0 || diff.Compute().Count() != 0 || diff.Saved() != 0 || !math.IsNaN(diff.HitRatio()) {
		t.Errorf("calls %d, computations %d, saved %v", diff.Calls(), diff.Compute().Count(), diff.Saved())
	}
	equal(t, "a-0 = a", early.Minus(metrics.Snapshot{}), early)
}

func TestSnapshotDoesNotChangeLater(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{Labels: map[string]string{"k": "v"}})
	rng := rand.New(rand.NewPCG(1, 1))
	busySecond(r, rng)
	s := r.Snapshot()
	before, _ := flat(s)
	busySecond(r, rng)
	r.Snapshot().Labels["k"] = "changed by a reader"
	s.Plus(r.Snapshot())
	after, _ := flat(s)
	if !maps.Equal(before, after) || s.Labels["k"] != "v" || r.Snapshot().Labels["k"] != "v" {
		t.Error("a snapshot changed after it was taken")
	}
}
