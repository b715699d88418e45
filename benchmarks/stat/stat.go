// Package stat turns benchmark samples into medians and the intervals that go with them. Everything here is
// deterministic: equal samples give equal figures.
package stat

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how often a bootstrap draws: enough that the ends of a 95 % interval don't move in the second digit.
const resamples = 2000

// Median returns the middle of the values, which it doesn't reorder: NaN for none, the mean of the two middle ones for
// an even number.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return medianInPlace(slices.Clone(values))
}

func medianInPlace(v []float64) float64 {
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// Estimate is a median with the ends of its 95 % interval.
type Estimate struct {
	Median, Low, High float64
	// N is the number of samples behind it.
	N int
}

// Of returns the median of the values with its percentile bootstrap interval (Efron, 1979).
func Of(values []float64) Estimate {
	e := Estimate{Median: Median(values), Low: math.NaN(), High: math.NaN(), N: len(values)}
	if len(values) == 0 {
		return e
	}
	// A fixed seed: the same raw samples must give the same table again.
	rng := rand.New(rand.NewPCG(1, uint64(len(values))))
	medians, draw := make([]float64, resamples), make([]float64, len(values))
	for i := range medians {
		for j := range draw {
			draw[j] = values[rng.IntN(len(values))]
		}
		medians[i] = medianInPlace(draw)
	}
	slices.Sort(medians)
	e.Low, e.High = medians[resamples*25/1000], medians[resamples*975/1000]
	return e
}

// Ratios divides pair by pair. The slices hold what was measured in the same rounds, in the same order; the longer one
// is cut.
func Ratios(numerators, denominators []float64) []float64 {
	ratios := make([]float64, min(len(numerators), len(denominators)))
	for i := range ratios {
		ratios[i] = numerators[i] / denominators[i]
	}
	return ratios
}
