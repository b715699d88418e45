package metrics

import "math"

// A delta is what changed between two readings, packed for the windows. It is a
// string of numbers, see [deltaWriter]: the cells that changed, each as the
// distance to the one before and its increase; a distance of 0 ends a list.
// Histograms list runs of buckets: distance, length less one, counts; short
// gaps are part of a run. A busy function's second takes a few hundred bytes.

const flagEstimated, flagZero, flagRatio = 1, 2, 4

// appendDelta appends what changed from base to c; nothing if nothing did.
func appendDelta(buf []byte, c, base *cells, as precision) []byte {
	w := deltaWriter{buf: buf, as: as}
	w.uvarint(uint64(as))
	some := false
	last := -1
	for i, n := range c.counts {
		if n > base.counts[i] {
			w.uvarint(uint64(i - last))
			w.uvarint(n - base.counts[i])
			last, some = i, true
		}
	}
	w.uvarint(0)
	last = -1
	for i, v := range c.sums {
		if v > base.sums[i] {
			w.uvarint(uint64(i - last))
			w.float(v - base.sums[i])
			last, some = i, true
		}
	}
	w.uvarint(0)
	last = -1
	old := base.hists
	for i := range c.hists {
		h := &c.hists[i]
		for len(old) > 0 && old[0].cell < h.cell {
			old = old[1:]
		}
		before := &noHistogram
		if len(old) > 0 && old[0].cell == h.cell {
			before = &old[0].Buckets
		}
		if h.Count > before.Count {
			w.uvarint(uint64(h.cell - last))
			w.histogram(&h.Buckets, before)
			last, some = h.cell, true
		}
	}
	w.uvarint(0)
	if !some {
		return buf
	}
	return w.end()
}

var noHistogram Buckets

func boolToInt(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// maxGap is how many empty buckets may be part of a run: what they take as
// zeros, the beginning of another run would take too.
const maxGap = 2

func (w *deltaWriter) histogram(b, before *Buckets) {
	var room [128]bucket
	diff := appendDiff(room[:0], b.sparse, before.sparse)
	w.head(less(b.ZeroCount, before.ZeroCount), max(0, b.Sum-before.Sum), b.Estimated, diff)
	w.runs(diff)
}

// head writes what a histogram has beside its buckets.
func (w *deltaWriter) head(zero uint64, sum float64, estimated bool, buckets []bucket) {
	flags := flagEstimated * boolToInt(estimated)
	ratio := 2 * spread
	if w.as == compact && len(buckets) > 0 {
		expected := 0.0
		for _, b := range buckets {
			expected += b.expected()
		}
		ratio = sum/expected - 1
	}
	if math.Abs(ratio) < spread {
		flags |= flagRatio
	}
	if zero > 0 {
		flags |= flagZero
	}
	w.uvarint(flags)
	if zero > 0 {
		w.uvarint(zero)
	}
	if flags&flagRatio != 0 {
		w.ratio(ratio)
	} else {
		w.float(sum)
	}
}

// runs writes buckets.
func (w *deltaWriter) runs(all []bucket) {
	last := int32(-1)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].place()-all[n-1].place() <= maxGap+1 {
			n++
		}
		first, end := all[0].place(), all[n-1].place()
		w.uvarint(uint64(first - last))
		w.uvarint(uint64(end - first))
		last = first - 1
		for _, b := range all[:n] {
			for last++; last < b.place(); last++ {
				w.uvarint(0)
			}
			w.uvarint(b.count())
		}
		all = all[n:]
	}
	w.uvarint(0)
}
