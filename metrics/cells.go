package metrics

import "slices"

// cells is a reading of everything that adds up. It is never written after it
// was made, so snapshots and windows share it.
type cells struct {
	counts []uint64   // by cell
	sums   []float64  // by cell
	hists  []histCell // by rising cell; only those with values
}

type histCell struct {
	cell int
	Buckets
}

// noCells is a reading in which nothing happened.
var noCells = &cells{counts: make([]uint64, numCounters), sums: make([]float64, numFloats)}

// read takes a reading. Histograms are read first, so that a computation that
// is counted in it has its call in it as well, more often than not.
func (r *Recorder) read() *cells {
	c := &cells{counts: make([]uint64, numCounters), sums: make([]float64, numFloats)}
	var hists, used int
	for i := range r.histograms {
		if h := r.histograms[i].Load(); h != nil {
			hists++
			used += h.used()
		}
	}
	c.hists = make([]histCell, 0, hists)
	slab := make([]bucket, 0, used)
	for i := range r.histograms {
		if h := r.histograms[i].Load(); h != nil {
			var b Buckets
			if b, slab = h.read(slab); b.Count > 0 {
				c.hists = append(c.hists, histCell{i, b})
			}
		}
	}
	for i := range r.floats {
		c.sums[i] = r.floats[i].load()
	}
	hits, local := r.memoryHits()
	for i := range r.counters {
		c.counts[i] = r.counters[i].Load()
	}
	c.counts[hitCell] += hits
	c.counts[localOKCell] += local
	return c
}

// memoryHits returns the hits that are in no counter, and how many of them are
// look-ups of the local tier as well.
func (r *Recorder) memoryHits() (hits, local uint64) {
	if own := r.ownHits.Load(); own != nil {
		hits = own.sum()
	}
	if r.hits != nil {
		local = r.hits()
	}
	return hits + local, local
}

var (
	hitCell     = requestCell(Hit, NoReason)
	localOKCell = families[mTierLookups].cell(int(TierLocal), int(ResultOK), 0)
)

// histogram returns the histogram of a cell; the empty one for a cell below 0.
func (c *cells) histogram(cell int) Buckets {
	i, ok := slices.BinarySearchFunc(c.hists, cell, func(h histCell, cell int) int { return h.cell - cell })
	if !ok {
		return Buckets{}
	}
	return c.hists[i].Buckets
}

// histograms adds up the histograms of a run of cells.
func (c *cells) histograms(first, n int) (sum Buckets) {
	for _, h := range c.hists {
		if h.cell >= first && h.cell < first+n {
			sum = sum.Plus(h.Buckets)
		}
	}
	return sum
}

func (c *cells) plus(d *cells) *cells {
	sum := &cells{counts: slices.Clone(c.counts), sums: slices.Clone(c.sums)}
	for i, n := range d.counts {
		sum.counts[i] += n
	}
	for i, v := range d.sums {
		sum.sums[i] += v
	}
	sum.hists = make([]histCell, 0, max(len(c.hists), len(d.hists)))
	x, y := c.hists, d.hists
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].cell < y[0].cell:
			sum.hists, x = append(sum.hists, x[0]), x[1:]
		case x[0].cell > y[0].cell:
			sum.hists, y = append(sum.hists, y[0]), y[1:]
		default:
			sum.hists = append(sum.hists, histCell{x[0].cell, x[0].Plus(y[0].Buckets)})
			x, y = x[1:], y[1:]
		}
	}
	sum.hists = append(append(sum.hists, x...), y...)
	return sum
}

func (c *cells) minus(d *cells) *cells {
	diff := &cells{counts: slices.Clone(c.counts), sums: slices.Clone(c.sums)}
	for i, n := range d.counts {
		diff.counts[i] = less(diff.counts[i], n)
	}
	for i, v := range d.sums {
		diff.sums[i] = max(0, diff.sums[i]-v)
	}
	for _, h := range c.hists {
		if b := h.Minus(d.histogram(h.cell)); b.Count > 0 {
			diff.hists = append(diff.hists, histCell{h.cell, b})
		}
	}
	return diff
}
