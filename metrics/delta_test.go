package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

// What windows keep of a span is what the span had: counts and buckets exactly,
// sums to seven digits, or to the last bit in a wide delta.
func TestDeltaKeepsWhatHappened(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	r := newRecorder("f", metrics.RecorderOptions{Hits: func() uint64 { return 5 }})
	var before metrics.Snapshot
	for range 20 {
		for range rng.IntN(3) {
			busySecond(r, rng)
		}
		r.Compute(metrics.Computation{Duration: -1})
		now := r.Snapshot()
		for _, wide := range []bool{false, true} {
			got, err := metrics.CheckDelta(metrics.EncodeDelta(now, before, wide))
			if err != nil {
				t.Fatal(err)
			}
			want, sums := flat(now.Minus(before))
			counts, gotSums := flat(got)
			for name, n := range want {
				if counts[name] != n {
					t.Errorf("%s: %d, want %d", name, counts[name], n)
				}
			}
			for name, v := range sums {
				if off := math.Abs(gotSums[name] - v); off > 1e-6*v && name != "cachier_info[{version devel} {sampling auto}]" {
					t.Errorf("%s: %v, want %v", name, gotSums[name], v)
				}
			}
		}
		before = now
	}
	if d := metrics.EncodeDelta(before, before, false); len(d) != 0 {
		t.Errorf("nothing happened and takes %d bytes", len(d))
	}
}

// No string of bytes makes the decoder panic or run away, and what it takes for
// right stays right when it is packed again.
func FuzzDelta(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	r := newRecorder("f", metrics.RecorderOptions{})
	for range 5 {
		before := r.Snapshot()
		busySecond(r, rng)
		f.Add(metrics.EncodeDelta(r.Snapshot(), before, false))
		f.Add(metrics.EncodeDelta(r.Snapshot(), metrics.Snapshot{}, true))
	}
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := metrics.CheckDelta(data)
		if err != nil {
			return
		}
		again, err := metrics.CheckDelta(metrics.EncodeDelta(s, metrics.Snapshot{}, true))
		if err != nil {
			t.Fatalf("packed again: %v", err)
		}
		if s.Calls() != again.Calls() || s.LatencyAll().Count() != again.LatencyAll().Count() {
			t.Errorf("%d calls became %d", s.Calls(), again.Calls())
		}
	})
}
