package metrics

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
			h.count(int(e.index-lowest(b.cell)), e.count)
		}
	}
}

// addDelta adds a delta. If it is malformed, the part before the mistake is added.
func (t *tally) addDelta(delta []byte) error {
	d := deltaReader{rest: delta}
	for i := d.next(-1, numCounters); i >= 0; i = d.next(i, numCounters) {
		t.counts[i] += d.uvarint()
	}
	for i := d.next(-1, numFloats); i >= 0; i = d.next(i, numFloats) {
		t.sums[i] += d.float()
	}
	for i := d.next(-1, numHistograms); i >= 0; i = d.next(i, numHistograms) {
		h := t.histogram(i)
		flags := d.uvarint()
		h.estimated = h.estimated || flags&flagEstimated != 0
		if flags&flagZero != 0 {
			h.zero += d.uvarint()
		}
		h.sum += d.float()
		// Places in a delta count from the lowest bucket of seconds.
		shift := int(lowestSeconds - lowest(i))
		for p := d.next(-1, spanLen-shift); p >= 0; p = d.next(p, spanLen-shift) {
			n := d.uvarint()
			if p+shift < 0 || n == 0 || n > uint64(spanLen-shift-p) {
				d.fail()
				break
			}
			for range n {
				h.count(p+shift, d.uvarint())
				p++
			}
			p--
		}
	}
	if len(d.rest) > 0 {
		d.fail()
	}
	return d.err
}

// cells returns the sum as a reading.
func (t *tally) cells() *cells {
	c := &cells{counts: t.counts, sums: t.sums}
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
					slab = append(slab, bucket{lowest(i) + int32(j*chunkLen+k), n})
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
