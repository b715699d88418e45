package cwdata_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/metrics"
)

// buckets is a histogram of durations.
func buckets(t testing.TB, all []time.Duration) metrics.Buckets {
	t.Helper()
	r, err := metrics.NewRecorder("f", metrics.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: d})
	}
	for s := range r.Snapshot().Series() {
		if s.Metric.OTel == "cachier.compute.duration" {
			return s.Buckets
		}
	}
	t.Fatal("there is no histogram")
	return metrics.Buckets{}
}

// Whatever was counted: the counts add up, every value is near those that it
// stands for, and the sum is as near as that allows.
func TestValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, next := range map[string]func() float64{
		"spread evenly":     func() float64 { return 1e6 + rng.Float64()*1e9 },
		"spread widely":     func() float64 { return math.Exp(rng.NormFloat64()*2) * 1e6 },
		"all the same":      func() float64 { return 1e6 },
		"at an upper bound": func() float64 { return metrics.BucketBound(-80) * 1e9 },
		"some are zero":     func() float64 { return float64(rng.IntN(3)) * 1e5 },
	} {
		var all []time.Duration
		for range 10_000 {
			all = append(all, time.Duration(next()))
		}
		b := buckets(t, all)
		values, counts := cwdata.Values(b)
		slices.Sort(all)
		sum, exact, at := 0.0, 0.0, 0
		for i, v := range values {
			sum += v * counts[i]
			if i > 0 && v <= values[i-1] {
				t.Errorf("%s: %v follows %v", name, v, values[i-1])
			}
			for range int(counts[i]) {
				want := all[at].Seconds()
				if math.Abs(v-want) > 0.0501*want {
					t.Fatalf("%s: %v stands for %v", name, v, want)
				}
				exact += want
				at++
			}
		}
		if at != len(all) {
			t.Errorf("%s: %d of %d values", name, at, len(all))
		}
		near := 0.05
		if name == "spread evenly" || name == "spread widely" {
			near = 1e-9
		}
		if math.Abs(sum-exact) > near*exact {
			t.Errorf("%s: the sum is %v, want %v", name, sum, exact)
		}
	}
	if values, counts := cwdata.Values(metrics.Buckets{}); len(values) != 0 || len(counts) != 0 {
		t.Errorf("nothing becomes %v, %v", values, counts)
	}
}
