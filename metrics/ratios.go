package metrics

import "math"

// count reads a counter; 0 where there is no data or no such cell.
func (s Snapshot) count(cell int) uint64 {
	if s.data == nil || cell < 0 {
		return 0
	}
	return s.data.counts[cell]
}

func (s Snapshot) sum(metric int) float64 {
	if s.data == nil {
		return 0
	}
	return s.data.sums[families[metric].first]
}

func (s Snapshot) histogram(cell int) Buckets {
	if s.data == nil {
		return Buckets{}
	}
	return s.data.histogram(cell)
}

// histograms adds up all histograms of a metric.
func (s Snapshot) histograms(metric int) Buckets {
	if s.data == nil {
		return Buckets{}
	}
	return s.data.histograms(families[metric].first, len(families[metric].labels))
}

// Requests returns how many calls had the outcome o, whatever the reason.
func (s Snapshot) Requests(o Outcome) (n uint64) {
	reasons := o.Reasons()
	if len(reasons) == 0 {
		return s.count(requestCell(o, NoReason))
	}
	for _, r := range reasons {
		n += s.count(requestCell(o, r))
	}
	return n
}

// RequestsReason returns how many calls had the outcome o for the reason r; 0
// where o can't have that reason.
func (s Snapshot) RequestsReason(o Outcome, r Reason) uint64 {
	reasons := o.Reasons()
	if r == NoReason && len(reasons) == 0 {
		return s.count(requestCell(o, r))
	}
	for _, possible := range reasons {
		if r == possible {
			return s.count(requestCell(o, r))
		}
	}
	return 0
}

// Misses returns how many misses had the reason r.
func (s Snapshot) Misses(r Reason) uint64 { return s.RequestsReason(Miss, r) }

// Errors returns how many calls with the outcome o returned an error of kind e.
func (s Snapshot) Errors(o Outcome, e ErrorKind) uint64 {
	return s.count(families[mRequestErrors].cell(int(o), int(e)-1, 0))
}

// N returns how many calls went through the cache: all but those that bypassed
// it. It is what ratios are shares of.
func (s Snapshot) N() uint64 {
	return s.Requests(Hit) + s.Requests(Stale) + s.Requests(Miss) + s.Requests(Coalesced)
}

// Calls returns how many calls returned: N and those that bypassed the cache.
func (s Snapshot) Calls() uint64 { return s.N() + s.Requests(Bypass) }

// HitRatio returns the share of N that was answered at once, from a fresh
// entry or from one served while it is revalidated. It is exact, in 0..1, and
// NaN when N is 0.
func (s Snapshot) HitRatio() float64 {
	return ratio(s.Requests(Hit)+s.RequestsReason(Stale, ReasonRevalidate), s.N())
}

// FreshRatio returns the share of N that was answered from a fresh entry. It is
// exact, in 0..1, and NaN when N is 0.
func (s Snapshot) FreshRatio() float64 { return ratio(s.Requests(Hit), s.N()) }

// OffloadRatio returns the share of N for which the function did not have to
// run: 1 minus the computations for misses, revalidations and refreshes ahead
// of time. It is in 0..1, and NaN when N is 0.
func (s Snapshot) OffloadRatio() float64 {
	var computed uint64
	for _, t := range []Trigger{TriggerMiss, TriggerRevalidate, TriggerAhead} {
		computed += s.computations(t)
	}
	return max(0, 1-ratio(computed, s.N()))
}

func ratio(part, whole uint64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// Latency returns the time that calls with the outcome o took.
func (s Snapshot) Latency(o Outcome) Histogram {
	return Histogram{s.histogram(families[mRequestDuration].cell(int(o), 0, 0))}
}

// LatencyAll returns the time that calls took, whatever the outcome.
func (s Snapshot) LatencyAll() Histogram { return Histogram{s.histograms(mRequestDuration)} }

// Compute returns the time that the cached function took, whatever made it run
// and however it ended.
func (s Snapshot) Compute() Histogram { return Histogram{s.histograms(mComputeDuration)} }

// ComputeBy returns the time of the computations that t triggered and that
// ended with res.
func (s Snapshot) ComputeBy(t Trigger, res Result) Histogram {
	return Histogram{s.histogram(families[mComputeDuration].cell(int(t), int(res), 0))}
}

// Computations returns how often the cached function ran to an end.
func (s Snapshot) Computations() (n uint64) {
	for t := TriggerMiss; t <= TriggerBypass; t++ {
		n += s.computations(t)
	}
	return n
}

func (s Snapshot) computations(t Trigger) (n uint64) {
	for res := ResultOK; res <= ResultPanic; res++ {
		n += s.ComputeBy(t, res).Count()
	}
	return n
}

// Comparisons returns how many successful computations ended with the change c.
func (s Snapshot) Comparisons(c Change) uint64 {
	return s.count(families[mComparisons].cell(int(c), 0, 0))
}

// Waits returns the time that callers waited, for whatever and however it ended.
func (s Snapshot) Waits() Histogram { return Histogram{s.histograms(mWaitDuration)} }

// WaitsBy returns the time of the waits for sc that ended with res.
func (s Snapshot) WaitsBy(sc Scope, res Result) Histogram {
	return Histogram{s.histogram(families[mWaitDuration].cell(int(sc), int(res), 0))}
}
