package cachier_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// What is measured of a Func without its asking, and how that is turned down.

func TestMetricsAreOnByDefault(t *testing.T) {
	var s source
	f := newFunc(t, s.get)
	answers(t, f, "a", "a#1")
	answers(t, f, "a", "a#1")
	if snap := f.Metrics().Snapshot(); snap.HitRatio() != .5 || snap.Name != "test" || snap.Backend != "memory" || snap.Sampling.String() != "auto" {
		t.Errorf("%+v", snap)
	}
}

func TestWithoutMetrics(t *testing.T) {
	r := metrics.NewRegistry()
	var s source
	f := cachier.Must(cachier.New("off", s.get, cachier.WithoutMetrics(), cachier.WithRegistry(r), cachier.WithTTL(time.Hour)))
	for range 10 {
		answers(t, f, "a", "a#1")
	}
	if f.Metrics() != nil || len(r.Names()) != 0 {
		t.Error("there are metrics")
	}
	if snap := f.Metrics().Snapshot(); snap.Calls() != 0 || !math.IsNaN(snap.HitRatio()) {
		t.Error("no metrics are not no data")
	}
	if err := r.Register(f.Metrics()); !errors.Is(err, metrics.ErrNoRecorder) {
		t.Errorf("registering what has no metrics: %v", err)
	}
}

// Outcomes are exact at any rate; latencies are estimated, and absent at 0.
func TestSamplingRates(t *testing.T) {
	const hits = 100_000
	for rate, timed := range map[float64]func(n uint64) bool{
		0:   func(n uint64) bool { return n == 0 },
		.5:  func(n uint64) bool { return n > hits*9/10 && n <= hits },
		.01: func(n uint64) bool { return n > hits/2 && n <= hits },
		1:   func(n uint64) bool { return n == hits },
	} {
		var s source
		f := newFunc(t, s.get, cachier.WithSampling(rate), cachier.WithTTL(time.Hour))
		for range hits + 1 {
			if _, err := f.Call(context.Background(), "a"); err != nil {
				t.Fatal(err)
			}
		}
		snap := f.Metrics().Snapshot()
		if n := snap.Requests(metrics.Hit); n != hits {
			t.Errorf("at %v: %d hits", rate, n)
		}
		h := snap.Latency(metrics.Hit)
		if !timed(h.Count()) {
			t.Errorf("at %v: latencies of %d hits", rate, h.Count())
		}
		if h.Estimated() != (rate > 0 && rate < 1) {
			t.Errorf("at %v: estimated is %v", rate, h.Estimated())
		}
		if p, fixed := snap.Sampling.Rate(); p != rate || !fixed {
			t.Errorf("the snapshot states a rate of %v", p)
		}
	}
}

// Sizes follow puts, clears and clean-up.
func TestSizesAreUpToDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithMaxWeight(1000), cachier.WithSizer(func(_, v string) int64 { return int64(len(v)) }))
		holds := func(entries, size int64) {
			t.Helper()
			g := f.Metrics().Snapshot().Gauges().Tiers[metrics.TierLocal]
			if g.Entries != entries || g.Size != size || g.SizeLimit != 1000 {
				t.Errorf("%+v, want %d entries of %d bytes", g, entries, size)
			}
		}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		answers(t, f, "a", "a#1")
		holds(1, 3)
		do(f.Put(t.Context(), "a", "longer"))
		do(f.Put(t.Context(), "b", "b"))
		holds(2, 7)
		do(f.Delete(t.Context(), "b"))
		holds(1, 6)
		time.Sleep(2 * time.Minute)
		do(f.Put(t.Context(), "c", "ccc"))
		holds(2, 9)
		if _, err := f.Cleanup(t.Context()); err != nil {
			t.Error(err)
		}
		holds(1, 3)
		do(f.Clear(t.Context()))
		holds(0, 0)
	})
}

// "Reset" is a baseline: a snapshot doesn't change later, and counters never go
// back.
func TestBaseline(t *testing.T) {
	var s source
	f := newFunc(t, s.get)
	answers(t, f, "a", "a#1")
	baseline := f.Metrics().Snapshot()
	for range 5 {
		answers(t, f, "a", "a#1")
	}
	if n := baseline.Calls(); n != 1 {
		t.Errorf("the snapshot of then has %d calls now", n)
	}
	since := f.Metrics().Snapshot().Minus(baseline)
	if since.Calls() != 5 || since.HitRatio() != 1 {
		t.Errorf("%q since then", exact(since))
	}
	if hour := f.Metrics().Window(time.Hour); hour.Calls() != 6 {
		t.Errorf("%d calls within the hour", hour.Calls())
	}
	if none := f.Metrics().Window(0); none.Calls() != 0 || !math.IsNaN(none.HitRatio()) {
		t.Errorf("%d calls in no time", none.Calls())
	}
}

// Of stale answers and refreshes in the background, the age and the time are
// known; a refresh behind is no foreground miss.
func TestTimesOfStaleAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour), cachier.WithSampling(1))
		answers(t, f, "a", "a#1")
		time.Sleep(90 * time.Second)
		answers(t, f, "a", "a#1")
		time.Sleep(20 * time.Second)
		answers(t, f, "a", "a#2")
		snap := f.Metrics().Snapshot()
		near := func(what string, got, want time.Duration) {
			t.Helper()
			if got < want*95/100 || got > want*105/100 {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		near("the age of stale values", snap.StaleAge().Quantile(.5), 30*time.Second)
		near("the age of what was served", snap.EntryAge(metrics.AgeAtHit).Sum(), 100*time.Second)
		near("misses", snap.Latency(metrics.Miss).Sum(), 10*time.Second)
		near("computing", snap.Compute().Sum(), 20*time.Second)
		near("computing behind", snap.ComputeBy(metrics.TriggerRevalidate, metrics.ResultOK).Sum(), 10*time.Second)
		if s := snap.Latency(metrics.Stale).Sum(); s != 0 {
			t.Errorf("stale answers took %v", s)
		}
		if r := snap.OffloadRatio(); math.Abs(r-1./3) > 1e-9 {
			t.Errorf("the offload ratio is %v, want 1/3", r)
		}
		near("the time saved", snap.Saved().Duration(), 20*time.Second)
	})
}
