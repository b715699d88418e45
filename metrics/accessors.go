package metrics

// OperationsBy returns how many operations op ended with res.
func (s Snapshot) OperationsBy(op Operation, res Result) uint64 {
	return s.count(families[mOperations].cell(int(op), int(res), 0))
}

// OperationTimes returns the time of the operations op that ended with res and
// were timed.
func (s Snapshot) OperationTimes(op Operation, res Result) Histogram {
	return Histogram{s.histogram(families[mOperationDuration].cell(int(op), int(res), 0))}
}

// BackendOperations returns the time of the requests op to the store that ended
// with res.
func (s Snapshot) BackendOperations(op BackendOperation, res Result) Histogram {
	return Histogram{s.histogram(families[mBackendDuration].cell(int(op), int(res), 0))}
}

// TierLookups returns how many look-ups in t ended with res.
func (s Snapshot) TierLookups(t Tier, res Result) uint64 {
	return s.count(families[mTierLookups].cell(int(t), int(res), 0))
}

// EntryAge returns the age of entries when they were served or removed.
func (s Snapshot) EntryAge(e AgeEvent) Histogram {
	return Histogram{s.histogram(families[mEntryAge].cell(int(e), 0, 0))}
}

// StaleAge returns how long past their time-to-live stale values were served.
func (s Snapshot) StaleAge() Histogram { return Histogram{s.histogram(families[mStaleAge].first)} }

// EntrySize returns the size of entries when they were stored.
func (s Snapshot) EntrySize() SizeHistogram {
	return SizeHistogram{s.histogram(families[mEntrySize].first)}
}

// Rejections returns how many values were returned and, for the reason r, not stored.
func (s Snapshot) Rejections(r Rejection) uint64 {
	return s.count(families[mRejections].cell(int(r), 0, 0))
}

// RejectedSize returns the size of values that were not stored, where it is known.
func (s Snapshot) RejectedSize() SizeHistogram {
	return SizeHistogram{s.histogram(families[mRejectedSize].first)}
}

// Removals returns how many entries left the tier t for the reason r, having
// been read or not.
func (s Snapshot) Removals(t Tier, r Removal, read Read) uint64 {
	return s.count(families[mRemovals].cell(int(t), int(r), int(read)))
}

// RefreshesSkipped returns how many background refreshes were due and, for the
// reason k, not started.
func (s Snapshot) RefreshesSkipped(k Skip) uint64 {
	return s.count(families[mRefreshesSkipped].cell(int(k), 0, 0))
}

// Saved returns the computing time that answers from the cache saved, gross.
// For memory hits it is estimated from the sample.
func (s Snapshot) Saved() Seconds { return Seconds(s.sum(mSaved)) }

// Overhead returns the time of calls outside computing and waiting. For memory
// hits it is estimated from the sample.
func (s Snapshot) Overhead() Seconds { return Seconds(s.sum(mOverhead)) }

// Cost returns the price of the computations, in the unit their owner chose.
func (s Snapshot) Cost() float64 { return s.sum(mCost) }

// CostSaved returns the price of the computations that answers from the cache saved.
func (s Snapshot) CostSaved() float64 { return s.sum(mCostSaved) }

// InFlight returns how many calls were under way when s was taken.
func (s Snapshot) InFlight() int64 {
	if s.gauges == nil {
		return 0
	}
	return s.gauges.inFlight.n
}

// Waiters returns how many callers were waiting when s was taken.
func (s Snapshot) Waiters() int64 {
	if s.gauges == nil {
		return 0
	}
	return s.gauges.waiters.n
}

// Gauges returns what the cache knew of itself when s was taken: the sum over
// instances, and each shared store once. What nobody knew is -1; what only
// some knew is their sum.
func (s Snapshot) Gauges() Gauges { return s.gauges.total() }
