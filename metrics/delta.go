package metrics

import (
	"encoding/binary"
	"errors"
	"math"
)

// A delta is what changed between two readings, packed for the windows: the
// cells that changed, each as the distance to the one before and its increase,
// as varints; a distance of 0 ends a list. Histograms list runs of neighbouring
// buckets: distance, length, counts. A busy function's second takes a few
// hundred bytes.

var errDelta = errors.New("cachier: malformed delta")

const flagEstimated, flagZero = 1, 2

// appendDelta appends what changed from base to c; nothing if nothing did.
func appendDelta(buf []byte, c, base *cells) []byte {
	empty := len(buf)
	last := -1
	for i, n := range c.counts {
		if n > base.counts[i] {
			buf = binary.AppendUvarint(buf, uint64(i-last))
			buf = binary.AppendUvarint(buf, n-base.counts[i])
			last = i
		}
	}
	buf = append(buf, 0)
	last = -1
	for i, v := range c.sums {
		if v > base.sums[i] {
			buf = binary.AppendUvarint(buf, uint64(i-last))
			buf = appendFloat(buf, v-base.sums[i])
			last = i
		}
	}
	buf = append(buf, 0)
	last = -1
	old := base.hists
	for _, h := range c.hists {
		for len(old) > 0 && old[0].cell < h.cell {
			old = old[1:]
		}
		var before Buckets
		if len(old) > 0 && old[0].cell == h.cell {
			before = old[0].Buckets
		}
		if h.Count > before.Count {
			buf = binary.AppendUvarint(buf, uint64(h.cell-last))
			buf = appendHistogram(buf, h.Buckets, before)
			last = h.cell
		}
	}
	buf = append(buf, 0)
	if len(buf) == empty+3 {
		return buf[:empty]
	}
	return buf
}

func appendHistogram(buf []byte, b, before Buckets) []byte {
	zero := less(b.ZeroCount, before.ZeroCount)
	var flags byte
	if b.Estimated {
		flags |= flagEstimated
	}
	if zero > 0 {
		flags |= flagZero
	}
	buf = append(buf, flags)
	if zero > 0 {
		buf = binary.AppendUvarint(buf, zero)
	}
	buf = appendFloat(buf, max(0, b.Sum-before.Sum))
	var room [128]bucket
	diff := appendDiff(room[:0], b.sparse, before.sparse)
	last := int32(lowestSeconds - 1)
	for len(diff) > 0 {
		n := 1
		for n < len(diff) && diff[n].index == diff[n-1].index+1 {
			n++
		}
		buf = binary.AppendUvarint(buf, uint64(diff[0].index-last))
		buf = binary.AppendUvarint(buf, uint64(n))
		for _, e := range diff[:n] {
			buf = binary.AppendUvarint(buf, e.count)
		}
		last = diff[n-1].index
		diff = diff[n:]
	}
	return append(buf, 0)
}

func appendFloat(buf []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
}

// deltaReader takes a delta apart. After the first mistake it yields zeros,
// which end every list.
type deltaReader struct {
	rest []byte
	err  error
}

func (d *deltaReader) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		return d.fail()
	}
	d.rest = d.rest[n:]
	return v
}

func (d *deltaReader) float() float64 {
	if len(d.rest) < 8 {
		d.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(d.rest))
	d.rest = d.rest[8:]
	return v
}

func (d *deltaReader) fail() uint64 {
	d.rest, d.err = nil, errDelta
	return 0
}

// next returns the place of the next item in a list of n, or -1 at its end.
func (d *deltaReader) next(last, n int) int {
	gap := d.uvarint()
	if gap == 0 {
		return -1
	}
	if gap >= uint64(n-last) {
		d.fail()
		return -1
	}
	return last + int(gap)
}
