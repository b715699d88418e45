package cwdata

import (
	"math"

	"github.com/cachier-go/cachier/metrics"
)

// A value that stands for a bucket may lie anywhere between two places in it, as
// fractions of its width, without being more than 5 % away from any that is in
// the bucket.
const lowestPlace, highestPlace = 0.4, 0.55

// Values returns a histogram as values and how often each occurs, by rising
// value. The counts are exact. The values are where their sum is exact too, as
// far as none of them is more than 5 % from any that it stands for.
func Values(b metrics.Buckets) (values, counts []float64) {
	values, counts = make([]float64, 0, b.Len()+1), make([]float64, 0, b.Len()+1)
	if b.ZeroCount > 0 {
		values, counts = append(values, 0), append(counts, float64(b.ZeroCount))
	}
	place := placeFor(b)
	for i, n := range b.All() {
		low, high := metrics.BucketBound(i-1), metrics.BucketBound(i)
		values, counts = append(values, low+place*(high-low)), append(counts, float64(n))
	}
	return values, counts
}

// placeFor returns where in their buckets the values are that add up to the sum.
func placeFor(b metrics.Buckets) float64 {
	var lowest, width float64 // of the sums that the buckets allow
	for i, n := range b.All() {
		low, high := metrics.BucketBound(i-1), metrics.BucketBound(i)
		lowest += float64(n) * low
		width += float64(n) * (high - low)
	}
	place := (b.Sum - lowest) / width
	if math.IsNaN(place) {
		return (lowestPlace + highestPlace) / 2
	}
	return min(max(place, lowestPlace), highestPlace)
}

// Values of other magnitudes are refused.
var (
	mostMagnitude  = math.Ldexp(1, 360)
	leastMagnitude = math.Ldexp(1, -360)
)

// acceptable returns v as CloudWatch takes it, or false if it takes nothing like
// it.
func acceptable(v float64) (float64, bool) {
	switch size := math.Abs(v); {
	case size <= mostMagnitude && size >= leastMagnitude:
		return v, true
	case size < leastMagnitude:
		return 0, true
	default: // NaN too
		return 0, false
	}
}
