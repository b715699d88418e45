package metrics

import (
	"math"
	"time"
)

const maxFloat = math.MaxFloat64

// Record counts one call that returned, and its times. A cache of one's own
// tells it every call; [cachier] tells it all but its memory hits.
//
// A hit that isn't timed, with Duration, Age unknown and no KeyHash, costs one
// addition to a counter that scales with the cores.
//
// [cachier]: https://pkg.go.dev/github.com/cachier-go/cachier
func (r *Recorder) Record(c Call) {
	if r == nil {
		return
	}
	if c.Outcome == Hit && c.Duration < 0 && c.Age < 0 {
		note(&r.windows.untimed)
	} else {
		r.tick()
	}
	if c.Outcome == Hit {
		r.stripes().add()
	} else {
		r.count(requestCell(c.Outcome, c.Reason), 1)
	}
	if c.Err != NoError {
		r.count(families[mRequestErrors].cell(int(c.Outcome), int(c.Err)-1, 0), 1)
	}
	if c.Duration >= 0 {
		r.observe(families[mRequestDuration].cell(int(c.Outcome), 0, 0), c.Duration.Seconds(), 1)
	}
	overhead := c.Overhead
	switch c.Outcome {
	case Hit:
		if overhead == 0 {
			overhead = c.Duration
		}
		r.served(c.Age, c.Cost, c.Price, 1)
	case Stale:
		cost, price := c.Cost, c.Price
		if c.Reason == ReasonError {
			cost, price = 0, 0 // the function ran for it all the same
		}
		r.served(c.Age, cost, price, 1)
		if c.StaleFor >= 0 {
			r.observe(families[mStaleAge].first, c.StaleFor.Seconds(), 1)
		}
	}
	r.add(mOverhead, overhead.Seconds())
	if c.KeyHash != 0 {
		r.touch(c.KeyHash, 1, c.Key, nil)
	}
}

// SampleHit takes the times of a memory hit that stands for Weight hits. It
// doesn't count them: [RecorderOptions].Hits or [Recorder.Record] do. What a
// sample with another weight than 1 went into is marked as estimated.
func (r *Recorder) SampleHit(h HitSample) {
	if r == nil {
		return
	}
	r.tick()
	note(&r.windows.sampled)
	weight := max(h.Weight, 1)
	if h.Duration >= 0 {
		r.observeHit(families[mRequestDuration].first+int(Hit), h.Duration, weight)
		r.add(mOverhead, h.Duration.Seconds()*float64(weight))
	}
	r.served(h.Age, h.Cost, h.Price, weight)
	if h.KeyHash != 0 {
		r.touch(h.KeyHash, weight, "", h.Key)
	}
}

// served takes down the entry that answered weight calls.
func (r *Recorder) served(age, cost time.Duration, price float64, weight uint64) {
	if age >= 0 {
		r.observeHit(families[mEntryAge].first+int(AgeAtHit), age, weight)
	}
	r.add(mSaved, cost.Seconds()*float64(weight))
	r.add(mCostSaved, price*float64(weight))
}

// observeHit adds a sampled duration and marks its histogram as estimated.
func (r *Recorder) observeHit(cell int, d time.Duration, weight uint64) {
	h := r.histogram(cell)
	if weight != 1 {
		note(&h.estimated)
	}
	h.observe(d.Seconds(), weight)
}

// Compute counts one run of the cached function and its time.
func (r *Recorder) Compute(c Computation) {
	if r == nil {
		return
	}
	r.tick()
	r.observe(families[mComputeDuration].cell(int(c.Trigger), int(c.Result), 0), c.Duration.Seconds(), 1)
	if c.Result == ResultOK {
		r.count(families[mComparisons].cell(int(c.Changed), 0, 0), 1)
	}
	r.add(mCost, c.Price)
}

// Wait counts one wait for somebody else's computation, or for room to
// compute, and its time.
func (r *Recorder) Wait(s Scope, res Result, d time.Duration) {
	if r == nil {
		return
	}
	r.tick()
	r.observe(families[mWaitDuration].cell(int(s), int(res), 0), d.Seconds(), 1)
}

// Operation counts one operation that isn't a call, and its time; [Unknown] if
// it wasn't timed.
func (r *Recorder) Operation(op Operation, res Result, d time.Duration) {
	if r == nil {
		return
	}
	r.tick()
	r.count(families[mOperations].cell(int(op), int(res), 0), 1)
	if d >= 0 {
		r.observe(families[mOperationDuration].cell(int(op), int(res), 0), d.Seconds(), 1)
	}
}

// BackendOperation counts one request to the store and its time.
func (r *Recorder) BackendOperation(op BackendOperation, res Result, d time.Duration) {
	if r == nil {
		return
	}
	r.tick()
	r.observe(families[mBackendDuration].cell(int(op), int(res), 0), d.Seconds(), 1)
}

// TierLookup counts one look-up in a tier. A memory hit that
// [RecorderOptions].Hits counts is one already.
func (r *Recorder) TierLookup(t Tier, res Result) {
	if r == nil {
		return
	}
	r.tick()
	r.count(families[mTierLookups].cell(int(t), int(res), 0), 1)
}

// Stored takes the size in bytes of an entry that was stored. A size of 0 or
// less is not known and not taken.
func (r *Recorder) Stored(size int64) {
	if r == nil || size <= 0 {
		return
	}
	r.tick()
	r.observe(families[mEntrySize].first, float64(size), 1)
}

// Reject counts a value that was returned and not stored, and its size in
// bytes; 0 or less if that isn't known.
func (r *Recorder) Reject(reason Rejection, size int64) {
	if r == nil {
		return
	}
	r.tick()
	r.count(families[mRejections].cell(int(reason), 0, 0), 1)
	if size > 0 {
		r.observe(families[mRejectedSize].first, float64(size), 1)
	}
}

// Remove counts entries that went away.
func (r *Recorder) Remove(rm RemovalEvent) {
	if r == nil {
		return
	}
	r.tick()
	n := max(rm.Count, 1)
	r.count(families[mRemovals].cell(int(rm.Tier), int(rm.Reason), int(rm.Read)), n)
	if rm.Age >= 0 {
		r.observe(families[mEntryAge].first+int(AgeAtRemoval), rm.Age.Seconds(), n)
	}
}

// SkipRefresh counts a background refresh that was due and not started.
func (r *Recorder) SkipRefresh(s Skip) {
	if r == nil {
		return
	}
	r.tick()
	r.count(families[mRefreshesSkipped].cell(int(s), 0, 0), 1)
}

// AddInFlight raises the number of calls under way by delta, or lowers it.
func (r *Recorder) AddInFlight(delta int) {
	if r != nil {
		r.inFlight.add(delta)
	}
}

// AddWaiters raises the number of waiting callers by delta, or lowers it.
func (r *Recorder) AddWaiters(delta int) {
	if r != nil {
		r.waiters.add(delta)
	}
}
