package stat_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cachier-go/cachier/benchmarks/stat"
)

func TestMedianOfNoneOddAndEven(t *testing.T) {
	if m := stat.Median(nil); !math.IsNaN(m) {
		t.Errorf("median of nothing = %v, want NaN", m)
	}
	values := []float64{3, 1, 2}
	if m := stat.Median(values); m != 2 {
		t.Errorf("median of three = %v, want 2", m)
	}
	if !slices.Equal(values, []float64{3, 1, 2}) {
		t.Errorf("the caller's slice was reordered: %v", values)
	}
	if m := stat.Median([]float64{4, 1, 2, 3}); m != 2.5 {
		t.Errorf("median of four = %v, want 2.5", m)
	}
}

// A 95 % interval must hold the true median about 95 times in 100.
func TestIntervalHoldsTheTrueMedian(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	held := 0
	const trials = 200
	for range trials {
		values := make([]float64, 31)
		for i := range values {
			values[i] = math.Exp(rng.NormFloat64())
		}
		if e := stat.Of(values); e.Low <= 1 && 1 <= e.High {
			held++
		}
	}
	if held < trials*88/100 {
		t.Errorf("the interval held the true median %d times of %d, want about 95 %%", held, trials)
	}
}

func TestEqualSamplesGiveEqualEstimates(t *testing.T) {
	values := []float64{1, 5, 2, 8, 3, 9, 4}
	if a, b := stat.Of(values), stat.Of(values); a != b {
		t.Errorf("two estimates of the same samples differ: %+v, %+v", a, b)
	}
	if e := stat.Of(values); e.N != 7 || e.Low > e.Median || e.High < e.Median {
		t.Errorf("estimate out of order: %+v", e)
	}
}

func TestRatiosPairByPair(t *testing.T) {
	if got := stat.Ratios([]float64{1, 9, 4}, []float64{2, 3}); !slices.Equal(got, []float64{0.5, 3}) {
		t.Errorf("ratios = %v, want [0.5 3]", got)
	}
}
