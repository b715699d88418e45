package metrics

import (
	"math"
	"slices"
)

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
func (t *tally) addDelta(delta []byte) error { return t.addPacked(delta, ownLayout()) }

// addPacked adds a delta of a program with another layout; of cells that aren't
// known here nothing is kept.
func (t *tally) addPacked(delta []byte, l *layout) error {
	d := deltaReader{rest: delta}
	as := precision(min(d.uvarint(), math.MaxUint8))
	if as > compact {
		return errDelta
	}
	for i := d.next(-1, len(l.counters)); i >= 0; i = d.next(i, len(l.counters)) {
		if n, cell := d.uvarint(), l.counters[i]; cell >= 0 {
			t.counts[cell] += n
		}
	}
	for i := d.next(-1, len(l.sums)); i >= 0; i = d.next(i, len(l.sums)) {
		if v, cell := d.float(as), l.sums[i]; cell >= 0 {
			t.sums[cell] += v
		}
	}
	for i := d.next(-1, len(l.histograms)); i >= 0; i = d.next(i, len(l.histograms)) {
		h, first, end := &tallyHistogram{}, 0, indexMask+1
		cell := l.histograms[i]
		known := cell >= 0
		if known {
			h, first = t.histogram(cell), int(lowest(cell)-lowestSeconds)
			end = first + spanLen
		}
		flags := d.uvarint()
		h.estimated = h.estimated || flags&flagEstimated != 0
		if flags&flagZero != 0 {
			h.zero += d.uvarint()
		}
		ratio, expected := 0.0, 0.0
		if flags&flagRatio != 0 {
			ratio = 1 + d.ratio()
		} else {
			h.sum += d.float(as)
		}
		for p := d.next(-1, end); p >= 0; p = d.next(p, end) {
			n := int(min(d.uvarint(), indexMask))
			if p < first || p+n >= end {
				return errDelta
			}
			for ; n >= 0; n-- {
				if count := d.uvarint(); known {
					h.count(p-first, count)
					if ratio > 0 && count > 0 {
						expected += float64(count) * centers[p]
					}
				}
				p++
			}
			p--
		}
		h.sum += ratio * expected
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
