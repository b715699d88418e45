package metrics_test

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

// prometheusIndex is how Prometheus' client finds the bucket of a native
// histogram of schema 3 (histogram.go, observe and its bounds table).
func prometheusIndex(v float64) int {
	bounds := []float64{
		0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
		0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
	}
	frac, exp := math.Frexp(v)
	return sort.SearchFloat64s(bounds, frac) + (exp-1)*len(bounds)
}

func TestBucketIndexIsThatOfPrometheus(t *testing.T) {
	check := func(v float64) {
		t.Helper()
		i := metrics.BucketIndex(v)
		if want := prometheusIndex(v); i != want {
			t.Fatalf("BucketIndex(%v) = %d, want %d", v, i, want)
		}
		if !(metrics.BucketBound(i-1) < v && v <= metrics.BucketBound(i)) {
			t.Fatalf("%v is not in (%v, %v]", v, metrics.BucketBound(i-1), metrics.BucketBound(i))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		check(math.Exp2(80*rng.Float64() - 40))
	}
	for i := -300; i <= 500; i++ { // the bounds themselves and their neighbours
		bound := metrics.BucketBound(i)
		check(bound)
		check(math.Nextafter(bound, 0))
		check(math.Nextafter(bound, math.Inf(1)))
	}
}
