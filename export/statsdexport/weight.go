package statsdexport

import (
	"iter"
	"math"
	"math/bits"
	"strconv"

	"github.com/cachier-go/cachier/metrics"
)

// spread is how many lines a bucket of n values out of all gets.
func spread(n, all uint64, resolution int) uint64 {
	if resolution == 0 {
		return 1
	}
	share := math.Round(float64(n) / float64(all) * float64(resolution))
	return min(n, max(1, uint64(share)))
}

// weights yields the numbers of values that the lines of one bucket stand for.
// They add up to n. There are as many as lines, and now and then one or two
// more: a server divides one by the sample rate to have the number back, and not
// every number survives that.
func weights(n, lines uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for n > 0 {
			weight := survivor(max(1, n/max(1, lines)))
			if !yield(weight) {
				return
			}
			n -= weight
			lines = max(1, lines) - 1
		}
	}
}

// survivor is the largest number up to n that survives as a sample rate.
func survivor(n uint64) uint64 {
	if n > 1<<53 {
		return 1 << (bits.Len64(n) - 1) // a power of two always does
	}
	for 1/(1/float64(n)) != float64(n) {
		n--
	}
	return n
}

// appendRate appends the sample rate of a weight, without an exponent, which the
// original StatsD would not read. Nothing stands for 1.
func appendRate(buf []byte, weight uint64) []byte {
	if weight == 1 {
		return buf
	}
	return strconv.AppendFloat(append(buf, "|@"...), 1/float64(weight), 'f', -1, 64)
}

// middle is the value that stands for those of bucket i: none is more than 4.4 %
// away from it.
func middle(i int) float64 {
	low, high := metrics.BucketBound(i-1), metrics.BucketBound(i)
	return 2 * low * high / (low + high)
}
