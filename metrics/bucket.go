package metrics

// bucket is one bucket's index and count in a word, which halves what readings
// take: the upper 54 bits are the count, the others the index, from the lowest
// one of all histograms. A count that would be larger, which at ten million
// values a second takes 57 years, stays there.
type bucket uint64

const (
	indexBits  = 10
	indexMask  = 1<<indexBits - 1
	mostCounts = 1<<(64-indexBits) - 1
)

func newBucket(index int32, n uint64) bucket {
	return bucket(min(n, mostCounts)<<indexBits | uint64(index-lowestSeconds))
}

func (b bucket) count() uint64 { return uint64(b >> indexBits) }
func (b bucket) index() int32  { return int32(b&indexMask) + lowestSeconds }
func (b bucket) place() int32  { return int32(b & indexMask) }

// with returns the same bucket with another count.
func (b bucket) with(n uint64) bucket { return bucket(min(n, mostCounts)<<indexBits) | b&indexMask }

// appendSum appends x and y, added where they have the same bucket.
func appendSum(sum, x, y []bucket) []bucket {
	for len(x) > 0 && len(y) > 0 {
		a, b := x[0], y[0]
		switch {
		case a.place() < b.place():
			sum, x = append(sum, a), x[1:]
		case a.place() > b.place():
			sum, y = append(sum, b), y[1:]
		default:
			sum, x, y = append(sum, a.with(a.count()+b.count())), x[1:], y[1:]
		}
	}
	return append(append(sum, x...), y...)
}

// appendDiff appends what is in x and not in y.
func appendDiff(diff, x, y []bucket) []bucket {
	for _, a := range x {
		for len(y) > 0 && y[0].place() < a.place() {
			y = y[1:]
		}
		if len(y) > 0 && y[0].place() == a.place() {
			if a.count() <= y[0].count() {
				continue
			}
			a = a.with(a.count() - y[0].count())
		}
		diff = append(diff, a)
	}
	return diff
}
