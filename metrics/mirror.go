package metrics

// appendChanges appends what was recorded since t, the reading before, as a
// delta, and brings t up to date; nothing if nothing was. This is what a
// recorder pays for its windows once a second, so it goes straight from the
// live counts to the packed ones, in one pass and without a reading between.
func (r *Recorder) appendChanges(buf []byte, t *tally) []byte {
	w := deltaWriter{buf: buf}
	w.uvarint(uint64(narrow))
	some := false
	hits, local := r.memoryHits()
	last := -1
	for i := range r.counters {
		n := r.counters[i].Load()
		switch i {
		case hitCell:
			n += hits
		case localOKCell:
			n += local
		}
		if n > t.counts[i] {
			w.uvarint(uint64(i - last))
			w.uvarint(n - t.counts[i])
			t.counts[i], last, some = n, i, true
		}
	}
	w.uvarint(0)
	last = -1
	for i := range r.floats {
		if v := r.floats[i].load(); v > t.sums[i] {
			w.uvarint(uint64(i - last))
			w.float(v - t.sums[i])
			t.sums[i], last, some = v, i, true
		}
	}
	w.uvarint(0)
	last = -1
	var room [128]bucket
	for i := range r.histograms {
		h := r.histograms[i].Load()
		if h == nil {
			continue
		}
		before := t.histogram(i)
		diff := h.since(before, room[:0])
		zero, sum := h.zero.Load(), h.sum.load()
		if len(diff) == 0 && zero == before.zero {
			continue // a value under way may be in the sum first: it waits for its bucket
		}
		before.estimated = h.estimated.Load()
		w.uvarint(uint64(i - last))
		w.head(zero-before.zero, max(0, sum-before.sum), before.estimated, diff)
		w.runs(diff)
		before.zero, before.sum, last, some = zero, sum, i, true
	}
	w.uvarint(0)
	if !some {
		return buf
	}
	return w.end()
}

// since appends the buckets that were added to since t, and brings t up to date.
func (h *liveHistogram) since(t *tallyHistogram, diff []bucket) []bucket {
	for i := range h.chunks {
		c := h.chunks[i].Load()
		if c == nil {
			continue
		}
		old := t.chunks[i]
		if old == nil {
			old = new([chunkLen]uint64)
			t.chunks[i] = old
		}
		for j := range c {
			if n := c[j].Load(); n != old[j] {
				diff = append(diff, newBucket(h.lowest+int32(i*chunkLen+j), n-old[j]))
				old[j] = n
			}
		}
	}
	return diff
}
