package metrics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// distributions are shapes that latencies have.
var distributions = map[string]func(*rand.Rand) time.Duration{
	"log-normal": func(rng *rand.Rand) time.Duration { return logNormal(rng, 3*time.Millisecond) },
	"bimodal": func(rng *rand.Rand) time.Duration {
		if rng.IntN(10) < 7 {
			return logNormal(rng, 800*time.Nanosecond)
		}
		return logNormal(rng, 200*time.Millisecond)
	},
	"constant": func(*rand.Rand) time.Duration { return 42 * time.Millisecond },
	"uniform":  func(rng *rand.Rand) time.Duration { return time.Duration(rng.Int64N(int64(time.Second))) + 1 },
}

func TestQuantileIsWithinFivePercent(t *testing.T) {
	for name, draw := range distributions {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			r := newRecorder("f", metrics.RecorderOptions{})
			var all []time.Duration
			for range 20_000 {
				d := draw(rng)
				all = append(all, d)
				r.SampleHit(metrics.HitSample{Weight: 1, Duration: d, Age: metrics.Unknown})
			}
			checkQuantiles(t, r.Snapshot().Latency(metrics.Hit), all)
		})
	}
}

func TestQuantileSurvivesMergingAHundred(t *testing.T) {
	for name, draw := range distributions {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			var sum metrics.Snapshot
			var all []time.Duration
			for range 100 {
				r := newRecorder("f", metrics.RecorderOptions{})
				for range 200 {
					d := draw(rng)
					all = append(all, d)
					r.Compute(metrics.Computation{Duration: d})
				}
				sum = sum.Plus(r.Snapshot())
			}
			checkQuantiles(t, sum.Compute(), all)
		})
	}
}

func checkQuantiles(t *testing.T, h metrics.Histogram, all []time.Duration) {
	t.Helper()
	slices.Sort(all)
	var total time.Duration
	for _, d := range all {
		total += d
	}
	if h.Count() != uint64(len(all)) {
		t.Errorf("Count() = %d, want %d", h.Count(), len(all))
	}
	if got := h.Sum(); math.Abs(float64(got-total)) > 1e-9*float64(total) {
		t.Errorf("Sum() = %v, want %v", got, total)
	}
	for _, q := range []float64{0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1} {
		exact := all[max(0, int(math.Ceil(q*float64(len(all))))-1)]
		got := h.Quantile(q)
		if off := math.Abs(float64(got-exact)) / float64(exact); off > 0.05 {
			t.Errorf("Quantile(%v) = %v, exact %v: off by %.1f %%", q, got, exact, 100*off)
		}
	}
}

func TestEmptyHistogramsSayNothing(t *testing.T) {
	var h metrics.Histogram
	if h.Count() != 0 || h.Sum() != 0 || h.Mean() != 0 || h.Quantile(0.5) != 0 || h.Estimated() {
		t.Errorf("empty histogram: %d %v %v %v", h.Count(), h.Sum(), h.Mean(), h.Quantile(0.5))
	}
	var s metrics.SizeHistogram
	if s.Count() != 0 || s.Sum() != 0 || !math.IsNaN(s.Mean()) || !math.IsNaN(s.Quantile(0.5)) || s.Estimated() {
		t.Errorf("empty size histogram: %d %v %v %v", s.Count(), s.Sum(), s.Mean(), s.Quantile(0.5))
	}
}

func TestValuesBeyondTheBuckets(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	r.Compute(metrics.Computation{Duration: 0})
	r.Compute(metrics.Computation{Duration: -time.Second})
	r.Compute(metrics.Computation{Duration: 1})
	r.Compute(metrics.Computation{Duration: math.MaxInt64})
	r.Stored(1)
	r.Stored(math.MaxInt64)
	s := r.Snapshot()
	b := s.Compute().Buckets()
	if b.ZeroCount != 2 || b.Count != 4 || b.Len() != 2 {
		t.Errorf("durations: %d zeros of %d in %d buckets", b.ZeroCount, b.Count, b.Len())
	}
	if got := s.Compute().Quantile(0); got != 0 {
		t.Errorf("lowest quantile %v, want 0", got)
	}
	if got := s.EntrySize(); got.Count() != 2 || got.Quantile(0) > 1.05 || got.Quantile(0) < 0.95 {
		t.Errorf("sizes: %d, lowest %v", got.Count(), got.Quantile(0))
	}
}

func TestQuantileOfOddArguments(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	for d := time.Millisecond; d <= 100*time.Millisecond; d += time.Millisecond {
		r.Compute(metrics.Computation{Duration: d})
	}
	h := r.Snapshot().Compute()
	if h.Quantile(-1) != h.Quantile(0) || h.Quantile(2) != h.Quantile(1) {
		t.Error("q outside 0..1 isn't the nearer end")
	}
	if h.Quantile(math.NaN()) != 0 {
		t.Errorf("Quantile(NaN) = %v", h.Quantile(math.NaN()))
	}
}
