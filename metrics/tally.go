package metrics

import "slices"

// tally adds up readings and deltas, many of them, in place.
type tally struct {
	counts []uint64
	sums   []float64
	hists  []*tallyHistogram // by cell
}

type tallyHistogram struct {
	chunks    [numChunks]*[chunkLen]uint64
	zero      uint64
	sum       float64
	estimated bool
}

func newTally() *tally {
	return &tally{make([]uint64, numCounters), make([]float64, numFloats), make([]*tallyHistogram, numHistograms)}
}

func (t *tally) histogram(cell int) *tallyHistogram {
	if t.hists[cell] == nil {
		t.hists[cell] = new(tallyHistogram)
	}
	return t.hists[cell]
}

// count adds n values to the bucket at place i, counted from the lowest.
func (h *tallyHistogram) count(i int, n uint64) {
	c := h.chunks[i/chunkLen]
	if c == nil {
		c = new([chunkLen]uint64)
		h.chunks[i/chunkLen] = c
	}
	c[i%chunkLen] += n
}

// add adds a reading.
func (t *tally) add(c *cells) {
	for i, n := range c.counts {
		t.counts[i] += n
	}
	for i, v := range c.sums {
		t.sums[i] += v
	}
	for _, b := range c.hists {
		h := t.histogram(b.cell)
		h.zero += b.ZeroCount
		h.sum += b.Sum
		h.estimated = h.estimated || b.Estimated
		for _, e := range b.sparse {
			h.count(int(e.index()-lowest(b.cell)), e.count())
		}
	}
}

// addDelta adds a delta. If it is malformed, the part before the mistake is added.
func (t *tally) addDelta(delta []byte) error {
	d := deltaReader{rest: delta}
	wide := d.uvarint() != 0
	for i := d.next(-1, numCounters); i >= 0; i = d.next(i, numCounters) {
		t.counts[i] += d.uvarint()
	}
	for i := d.next(-1, numFloats); i >= 0; i = d.next(i, numFloats) {
		t.sums[i] += d.float(wide)
	}
	for i := d.next(-1, numHistograms); i >= 0; i = d.next(i, numHistograms) {
		h := t.histogram(i)
		flags := d.uvarint()
		h.estimated = h.estimated || flags&flagEstimated != 0
		if flags&flagZero != 0 {
			h.zero += d.uvarint()
		}
		h.sum += d.float(wide)
		first := int(lowest(i) - lowestSeconds)
		for p := d.next(-1, first+spanLen); p >= 0; p = d.next(p, first+spanLen) {
			n := int(min(d.uvarint(), spanLen))
			if p < first || p+n >= first+spanLen {
				return errDelta
			}
			for ; n >= 0; n-- {
				h.count(p-first, d.uvarint())
				p++
			}
			p--
		}
	}
	return d.end()
}

// cells returns the sum as a reading, which shares nothing with t.
func (t *tally) cells() *cells {
	c := &cells{counts: slices.Clone(t.counts), sums: slices.Clone(t.sums)}
	var slab []bucket
	for i, h := range t.hists {
		if h == nil {
			continue
		}
		first := len(slab)
		b := Buckets{ZeroCount: h.zero, Count: h.zero, Sum: h.sum, Estimated: h.estimated}
		for j, chunk := range h.chunks {
			if chunk == nil {
				continue
			}
			for k, n := range chunk {
				if n != 0 {
					slab = append(slab, newBucket(lowest(i)+int32(j*chunkLen+k), n))
					b.Count += n
				}
			}
		}
		b.sparse = slab[first:len(slab):len(slab)]
		if b.Count > 0 {
			c.hists = append(c.hists, histCell{i, b})
		}
	}
	return c
}
