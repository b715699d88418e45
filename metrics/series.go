package metrics

import "iter"

// Label is a label and its value.
type Label struct{ Name, Value string }

// Series is one metric of one function with one set of label values: what an
// exporter sends.
type Series struct {
	Metric  *Metric // not to be modified
	Labels  []Label // beyond cache, backend and static labels; not to be modified. A label that doesn't apply is left out
	Value   float64 // of a counter or gauge
	Buckets Buckets // of a histogram
}

// Series yields all series of s, in the order of the catalogue. Requests are
// always there, from 0 on; the others from their first event, gauges where
// they are known. A Snapshot without data yields none.
func (s Snapshot) Series() iter.Seq[Series] {
	return func(yield func(Series) bool) {
		if s.data == nil {
			return
		}
		for i := range families {
			if !s.family(i, yield) {
				return
			}
		}
	}
}

// family yields the series of one metric; false if yield has had enough.
func (s Snapshot) family(metric int, yield func(Series) bool) bool {
	f := &families[metric]
	switch f.metric.cells {
	case uintCells:
		for i, labels := range f.labels {
			n := s.data.counts[f.first+i]
			if (n > 0 || metric == mRequests) && !yield(Series{f.metric, labels, float64(n), Buckets{}}) {
				return false
			}
		}
	case floatCells:
		if v := s.data.sums[f.first]; v > 0 {
			return yield(Series{f.metric, nil, v, Buckets{}})
		}
	case histCells:
		for _, h := range s.data.hists {
			if i := h.cell - f.first; i >= 0 && i < len(f.labels) && !yield(Series{f.metric, f.labels[i], 0, h.Buckets}) {
				return false
			}
		}
	case gaugeCells:
		return s.gaugeSeries(metric, f, yield)
	}
	return true
}

// gaugeSeries yields what is known of one gauge.
func (s Snapshot) gaugeSeries(metric int, f *family, yield func(Series) bool) bool {
	if metric == mInfo {
		labels := []Label{{"version", version()}, {"sampling", s.Sampling.String()}}
		return yield(Series{f.metric, labels, 1, Buckets{}})
	}
	values, n := s.gaugeValues(metric)
	for i := range n {
		if values[i] >= 0 && !yield(Series{f.metric, f.labels[i], values[i], Buckets{}}) {
			return false
		}
	}
	return true
}

// gaugeValues returns a gauge's n values, one per label value; -1 for those not
// known.
func (s Snapshot) gaugeValues(metric int) (values [2]float64, n int) {
	switch metric {
	case mCallsInFlight, mWaiters:
		if s.gauges == nil {
			return values, 0
		}
		l := s.gauges.inFlight
		if metric == mWaiters {
			l = s.gauges.waiters
		}
		if !l.used {
			return values, 0
		}
		return [2]float64{float64(max(l.n, 0))}, 1
	}
	g := s.Gauges()
	for i, t := range g.Tiers {
		switch metric {
		case mEntries:
			values[i] = float64(t.Entries)
		case mEntriesLimit:
			values[i] = float64(t.EntriesLimit)
		case mSize:
			values[i] = float64(t.Size)
		case mSizeLimit:
			values[i] = float64(t.SizeLimit)
		case mSizeAge:
			values[i] = -1
			if t.SizeAge >= 0 {
				values[i] = t.SizeAge.Seconds()
			}
		case mCircuitOpen:
			values[i] = float64([2]int8{g.CircuitRead, g.CircuitWrite}[i])
		}
	}
	return values, 2
}
