package metrics

import "math"

// Schema is the resolution of every histogram of this package: 2^Schema
// buckets to a factor of two, so that bounds grow by 2^(1/8), about 9 %. It is
// the schema of Prometheus native histograms and the scale of OpenTelemetry's
// exponential histograms. It is the same everywhere, so any two histograms
// merge exactly.
const Schema = 3

const perOctave = 1 << Schema

// octave holds the mantissas at which a new bucket begins: 2^(k/8) for k in
// 0..7, as the bits below the binary point.
var octave = func() (bits [perOctave]uint64) {
	for k := range bits {
		bits[k] = math.Float64bits(2*fractions[k]) & mantissa
	}
	return bits
}()

// fractions are 2^(k/8-1), correctly rounded: the bounds that Prometheus uses
// for this schema, so that a value on a bound falls into the same bucket there.
var fractions = [perOctave]float64{
	0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
	0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
}

const (
	mantissa = 1<<52 - 1
	bias     = 1023
)

// BucketIndex returns the bucket into which v falls: the i with
// BucketBound(i-1) < v <= BucketBound(i). It is only defined for finite v > 0.
func BucketIndex(v float64) int {
	bits := math.Float64bits(v)
	m := bits & mantissa
	// The number of bounds within this octave that lie below the value, by
	// three comparisons; the first bound is the octave itself.
	k := 0
	if m > octave[4] {
		k = 4
	}
	if m > octave[k+2] {
		k += 2
	}
	if m > octave[k+1] {
		k++
	}
	if m > octave[k] {
		k++
	}
	return (int(bits>>52)-bias)*perOctave + k
}

// BucketBound returns the upper bound of bucket i, which belongs to it: 2^(i/8).
func BucketBound(i int) float64 {
	return math.Ldexp(fractions[i&(perOctave-1)], i>>Schema+1)
}
