package metrics

// A delta is what changed between two readings, packed for the windows. It is a
// string of numbers, see [deltaWriter]: the cells that changed, each as the
// distance to the one before and its increase; a distance of 0 ends a list.
// Histograms list runs of buckets: distance, length less one, counts; short
// gaps are part of a run. A busy function's second takes a few hundred bytes.

const flagEstimated, flagZero = 1, 2

// appendDelta appends what changed from base to c; nothing if nothing did. A
// wide one keeps sums to the last bit, others to seven digits.
func appendDelta(buf []byte, c, base *cells, wide bool) []byte {
	w := deltaWriter{buf: buf, wide: wide}
	w.uvarint(boolToInt(wide))
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
	w.head(less(b.ZeroCount, before.ZeroCount), max(0, b.Sum-before.Sum), b.Estimated)
	var room [128]bucket
	w.runs(appendDiff(room[:0], b.sparse, before.sparse))
}

// head writes what a histogram has beside its buckets.
func (w *deltaWriter) head(zero uint64, sum float64, estimated bool) {
	flags := flagEstimated * boolToInt(estimated)
	if zero > 0 {
		flags |= flagZero
	}
	w.uvarint(flags)
	if zero > 0 {
		w.uvarint(zero)
	}
	w.float(sum)
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
