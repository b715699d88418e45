package cachier_test

import (
	"fmt"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

// account is what a worker of TestExactness knows, in the form of the counters.
type account struct {
	requests   [metrics.Bypass + 1]uint64
	reasons    [metrics.ReasonDisabled + 1]uint64 // those that the test can tell
	errors     [metrics.Bypass + 1][metrics.ErrorBackend + 1]uint64
	operations [metrics.OperationPeek + 1][metrics.ResultPanic + 1]uint64
}

func (a *account) add(b *account) {
	for o := range a.requests {
		a.requests[o] += b.requests[o]
		for e := range a.errors[o] {
			a.errors[o][e] += b.errors[o][e]
		}
	}
	for r := range a.reasons {
		a.reasons[r] += b.reasons[r]
	}
	for op := range a.operations {
		for r := range a.operations[op] {
			a.operations[op][r] += b.operations[op][r]
		}
	}
}

// count settles the outcome of a call that is over.
func (a *account) count(m *mark, failure metrics.ErrorKind) {
	outcome, reason := metrics.Hit, metrics.NoReason
	switch {
	case m.kind == refreshCall:
		outcome, reason = metrics.Bypass, metrics.ReasonRefresh
	case m.kind == skipCall:
		outcome, reason = metrics.Bypass, metrics.ReasonSkip
	case m.ran.Load() && m.waited:
		outcome, reason = metrics.Miss, metrics.ReasonWaitTimeout
	case m.ran.Load():
		outcome = metrics.Miss // absent, evicted or expired
		if m.kind == tooOldCall {
			reason = metrics.ReasonTooOld
		}
	case m.waited:
		outcome = metrics.Coalesced
	}
	a.requests[outcome]++
	a.reasons[reason]++
	if failure != metrics.NoError {
		a.errors[outcome][failure]++
	}
}

// settle counts the calls whose context ended: now everything has run that was
// to run.
func (w *worker) settle() {
	for _, l := range w.left {
		w.count(l.mark, l.kind)
	}
	w.left = nil
}

// compare compares each counter with its oracle.
func compare(t *testing.T, s metrics.Snapshot, tr *tracer, known *account, calls uint64) {
	t.Helper()
	equal := func(what any, got, want uint64) {
		t.Helper()
		if got != want {
			t.Errorf("%v: counted %d, but there were %d", what, got, want)
		}
	}
	some := func(what string, n uint64) {
		t.Helper()
		if n == 0 {
			t.Errorf("there was no %s: the test tests less than it should", what)
		}
	}
	equal("calls", s.Calls(), calls)
	for o := metrics.Hit; o <= metrics.Bypass; o++ {
		equal(o, s.Requests(o), known.requests[o])
		if o != metrics.Stale {
			some(o.String(), known.requests[o])
		}
		if o != metrics.Hit { // hits are timed by sampling
			equal(fmt.Sprint("latencies of ", o), s.Latency(o).Count(), known.requests[o])
		}
		for e := metrics.ErrorFunction; e <= metrics.ErrorBackend; e++ {
			equal(fmt.Sprint(o, " ", e), s.Errors(o, e), known.errors[o][e])
			if o == metrics.Miss && e != metrics.ErrorBackend {
				some(fmt.Sprint(o, " ", e), known.errors[o][e])
			}
		}
	}
	for _, r := range []metrics.Reason{metrics.ReasonTooOld, metrics.ReasonWaitTimeout} {
		equal(r, s.Misses(r), known.reasons[r])
		some(r.String(), known.reasons[r])
	}
	equal("misses of other reasons", s.Misses(metrics.ReasonAbsent)+s.Misses(metrics.ReasonEvicted)+s.Misses(metrics.ReasonExpired),
		known.requests[metrics.Miss]-known.reasons[metrics.ReasonTooOld]-known.reasons[metrics.ReasonWaitTimeout])
	some("eviction", s.Misses(metrics.ReasonEvicted))
	some("expiry", s.Misses(metrics.ReasonExpired))
	for _, r := range []metrics.Reason{metrics.ReasonSkip, metrics.ReasonRefresh} {
		equal(r, s.RequestsReason(metrics.Bypass, r), known.reasons[r])
	}

	var okay, runs uint64
	for r := metrics.ResultOK; r <= metrics.ResultPanic; r++ {
		ran := func(k callKind) uint64 { return tr.ran[k][r].Load() }
		equal(fmt.Sprint("computations for misses, ", r), s.ComputeBy(metrics.TriggerMiss, r).Count(), ran(plainCall)+ran(tooOldCall))
		equal(fmt.Sprint("computations for refreshes, ", r), s.ComputeBy(metrics.TriggerRefresh, r).Count(), ran(refreshCall))
		equal(fmt.Sprint("computations for bypasses, ", r), s.ComputeBy(metrics.TriggerBypass, r).Count(), ran(skipCall))
		equal(fmt.Sprint("waits, ", r), s.WaitsBy(metrics.ScopeProcess, r).Count(), tr.ended[r].Load())
		for op := metrics.OperationPut; op <= metrics.OperationPeek; op++ {
			equal(fmt.Sprint(op, " ", r), s.OperationsBy(op, r), known.operations[op][r])
		}
		for k := range numKinds {
			runs += ran(k)
		}
		if r == metrics.ResultOK {
			okay = runs
		}
	}
	equal("computations", s.Computations(), runs)
	equal("waits", s.Waits().Count(), tr.waits.Load())
	equal("comparisons", s.Comparisons(metrics.ChangeUnknown)+s.Comparisons(metrics.Changed)+s.Comparisons(metrics.Unchanged), okay)
	equal("the price", uint64(s.Cost()), 2*okay)
	equal("sizes of what was stored", s.EntrySize().Count(), tr.sized.Load())
	equal("look-ups", s.TierLookups(metrics.TierLocal, metrics.ResultOK)+s.TierLookups(metrics.TierLocal, metrics.ResultNotFound), s.N())
	if s.InFlight() != 0 || s.Waiters() != 0 {
		t.Errorf("%d calls in flight, %d waiters", s.InFlight(), s.Waiters())
	}
	t.Logf("%d hits, %d misses, %d coalesced, %d computations, %d wait time-outs",
		s.Requests(metrics.Hit), s.Requests(metrics.Miss), s.Requests(metrics.Coalesced), s.Computations(), tr.ended[metrics.ResultTimeout].Load())
}
