package metrics

import (
	"iter"
	"math"
)

// Buckets is the raw form of a histogram: how many values fell into each
// exponential bucket, in base units (seconds or bytes). Bucket i holds the
// values over [BucketBound](i-1) up to and including BucketBound(i). Values
// beyond what can be told apart (under a nanosecond, over 60 years, over 2^61
// bytes) are in the outermost bucket.
//
// It is a value: it never changes. The zero value is an empty histogram.
type Buckets struct {
	ZeroCount uint64  // values of zero or less
	Count     uint64  // all values, ZeroCount included
	Sum       float64 // of all values
	Estimated bool    // made from a weighted sample, not from every value

	sparse []bucket // by rising index, no zero counts; shared, never written
}

// All yields the index and count of each bucket that isn't empty, by rising index.
func (b Buckets) All() iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		for _, e := range b.sparse {
			if !yield(int(e.index()), e.count()) {
				return
			}
		}
	}
}

// Len returns how many buckets aren't empty, ZeroCount aside.
func (b Buckets) Len() int { return len(b.sparse) }

// Mean returns the mean value; NaN when there is none.
func (b Buckets) Mean() float64 {
	if b.Count == 0 {
		return math.NaN()
	}
	return b.Sum / float64(b.Count)
}

// Quantile returns a value that is within 4.4 % of the one at rank q*Count, so
// that Quantile(0.5) is the median. A q below 0 counts as 0, above 1 as 1. It
// is NaN when there is no value.
func (b Buckets) Quantile(q float64) float64 {
	if b.Count == 0 || q != q {
		return math.NaN()
	}
	rank := uint64(math.Ceil(min(max(q, 0), 1) * float64(b.Count)))
	seen := b.ZeroCount
	if max(rank, 1) <= seen {
		return 0
	}
	for _, e := range b.sparse {
		if seen += e.count(); seen >= rank {
			return center(int(e.index()))
		}
	}
	// Rounding a rank beyond 2^53 can pass the last bucket.
	return center(int(b.sparse[len(b.sparse)-1].index()))
}

// center is the value whose relative error is the same towards both bounds of
// the bucket, (2^(1/8)-1)/(2^(1/8)+1) = 4.3 %.
func center(i int) float64 {
	low, high := BucketBound(i-1), BucketBound(i)
	return 2 * low * high / (low + high)
}

// Plus returns the histogram of all values of b and c.
func (b Buckets) Plus(c Buckets) Buckets {
	sum := Buckets{
		ZeroCount: b.ZeroCount + c.ZeroCount, Count: b.Count + c.Count,
		Sum: b.Sum + c.Sum, Estimated: b.Estimated || c.Estimated,
	}
	switch {
	case len(c.sparse) == 0:
		sum.sparse = b.sparse
	case len(b.sparse) == 0:
		sum.sparse = c.sparse
	default:
		room := make([]bucket, 0, max(len(b.sparse), len(c.sparse))+4)
		sum.sparse = appendSum(room, b.sparse, c.sparse)
	}
	return sum
}

// Minus returns the histogram of the values of b that aren't in c, an earlier
// reading of the same histogram. Where c holds more than b, nothing is left.
func (b Buckets) Minus(c Buckets) Buckets {
	if c.Count == 0 {
		return b
	}
	diff := Buckets{ZeroCount: less(b.ZeroCount, c.ZeroCount), Estimated: b.Estimated}
	diff.sparse = appendDiff(nil, b.sparse, c.sparse)
	diff.Count = diff.ZeroCount
	for _, e := range diff.sparse {
		diff.Count += e.count()
	}
	if diff.Count > 0 {
		diff.Sum = max(0, b.Sum-c.Sum)
	}
	return diff
}

// less is a-b, or 0 where that would be negative.
func less(a, b uint64) uint64 {
	if a < b {
		return 0
	}
	return a - b
}
