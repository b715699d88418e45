package metrics_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

func TestOutcomesAddUpToCalls(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{Hits: func() uint64 { return 1000 }})
	recorded := map[metrics.Outcome]uint64{metrics.Hit: 1000}
	n := 0
	for o := metrics.Hit; o <= metrics.Bypass; o++ {
		for _, reason := range append(o.Reasons(), metrics.NoReason) {
			n++
			for range n {
				r.Record(metrics.Call{Outcome: o, Reason: reason, Duration: metrics.Unknown, Age: metrics.Unknown})
			}
			recorded[o] += uint64(n)
		}
	}
	s := r.Snapshot()
	var calls uint64
	for o, want := range recorded {
		if got := s.Requests(o); got != want {
			t.Errorf("%v: %d, want %d", o, got, want)
		}
		calls += want
		var byReason uint64
		for reason := metrics.NoReason; reason <= metrics.ReasonDisabled; reason++ {
			byReason += s.RequestsReason(o, reason)
		}
		if byReason != want {
			t.Errorf("%v: the reasons add up to %d, not %d", o, byReason, want)
		}
	}
	if s.Calls() != calls || s.N() != calls-recorded[metrics.Bypass] {
		t.Errorf("Calls() = %d, N() = %d; %d calls, %d bypassed", s.Calls(), s.N(), calls, recorded[metrics.Bypass])
	}
	if s.TierLookups(metrics.TierLocal, metrics.ResultOK) != 1000 {
		t.Error("hits counted elsewhere are look-ups of the local tier too")
	}
	// A miss without a reason was absent, as far as is known.
	if s.Misses(metrics.ReasonAbsent) <= s.Misses(metrics.ReasonEvicted) {
		t.Errorf("absent: %d, evicted: %d", s.Misses(metrics.ReasonAbsent), s.Misses(metrics.ReasonEvicted))
	}
	if s.Misses(metrics.ReasonSkip) != 0 {
		t.Error("a miss can't have the reason skip")
	}
}

func TestRatios(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	if s := r.Snapshot(); !math.IsNaN(s.HitRatio()) || !math.IsNaN(s.FreshRatio()) || !math.IsNaN(s.OffloadRatio()) {
		t.Error("without calls there is no ratio")
	}
	r.Record(metrics.Call{Outcome: metrics.Bypass, Reason: metrics.ReasonSkip})
	r.Compute(metrics.Computation{Trigger: metrics.TriggerBypass})
	if s := r.Snapshot(); !math.IsNaN(s.HitRatio()) {
		t.Error("calls past the cache are in no ratio")
	}
	for outcome, n := range map[metrics.Outcome]int{metrics.Hit: 6, metrics.Miss: 2, metrics.Coalesced: 1} {
		for range n {
			r.Record(metrics.Call{Outcome: outcome})
		}
	}
	r.Record(metrics.Call{Outcome: metrics.Stale, Reason: metrics.ReasonRevalidate})
	r.Record(metrics.Call{Outcome: metrics.Stale, Reason: metrics.ReasonError})
	for _, trigger := range []metrics.Trigger{metrics.TriggerMiss, metrics.TriggerMiss, metrics.TriggerRevalidate, metrics.TriggerAhead, metrics.TriggerRefresh} {
		r.Compute(metrics.Computation{Trigger: trigger})
	}
	s := r.Snapshot()
	for name, ratio := range map[string][2]float64{
		"hit":     {s.HitRatio(), 7.0 / 11},
		"fresh":   {s.FreshRatio(), 6.0 / 11},
		"offload": {s.OffloadRatio(), 1 - 4.0/11},
	} {
		if math.Abs(ratio[0]-ratio[1]) > 1e-15 {
			t.Errorf("%s ratio %v, want %v", name, ratio[0], ratio[1])
		}
	}
	for range 100 { // more computations than calls: a ratio stays in 0..1
		r.Compute(metrics.Computation{Trigger: metrics.TriggerAhead})
	}
	if got := r.Snapshot().OffloadRatio(); got != 0 {
		t.Errorf("offload ratio %v, want 0", got)
	}
}

func TestTimesGoWhereTheyBelong(t *testing.T) {
	const ms = time.Millisecond
	r := newRecorder("f", metrics.RecorderOptions{})
	r.Record(metrics.Call{Outcome: metrics.Hit, Duration: ms, Age: time.Second, Cost: 100 * ms, Price: 2})
	r.Record(metrics.Call{Outcome: metrics.Stale, Reason: metrics.ReasonRevalidate, Duration: ms, Overhead: ms, Age: 2 * time.Second, StaleFor: time.Second, Cost: 200 * ms, Price: 3})
	// The function was run for this one, so nothing was saved.
	r.Record(metrics.Call{Outcome: metrics.Stale, Reason: metrics.ReasonError, Duration: 300 * ms, Overhead: ms, Age: metrics.Unknown, StaleFor: metrics.Unknown, Cost: 300 * ms, Price: 5})
	// Neither has an entry to speak of.
	r.Record(metrics.Call{Outcome: metrics.Miss, Duration: 400 * ms, Overhead: 4 * ms, Age: time.Hour, Cost: time.Hour, Price: 7, StaleFor: time.Hour})
	r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Overhead: 5 * ms, Err: metrics.ErrorDeadline})
	r.Compute(metrics.Computation{Duration: 390 * ms, Price: 11, Changed: metrics.Unchanged})
	r.Compute(metrics.Computation{Result: metrics.ResultError, Changed: metrics.Changed})
	r.Wait(metrics.ScopeLimit, metrics.ResultTimeout, 50*ms)
	r.Operation(metrics.OperationPeek, metrics.ResultNotFound, ms)
	r.Operation(metrics.OperationPeek, metrics.ResultNotFound, metrics.Unknown)
	r.BackendOperation(metrics.BackendLock, metrics.ResultError, 7*ms)
	r.Stored(0)
	r.Stored(1000)
	r.Reject(metrics.RejectBackendFull, 3000)
	r.Reject(metrics.RejectNil, 0)
	r.Remove(metrics.RemovalEvent{Tier: metrics.TierBackend, Reason: metrics.RemovalCorrupt, Read: metrics.ReadNo, Count: 5, Age: metrics.Unknown})
	r.Remove(metrics.RemovalEvent{Reason: metrics.RemovalCapacity, Read: metrics.ReadYes, Age: time.Minute})
	r.SkipRefresh(metrics.SkipClosed)
	r.AddInFlight(3)
	r.AddInFlight(-1)
	r.AddWaiters(1)
	s := r.Snapshot()
	for what, n := range map[string][2]uint64{
		"hit latencies":            {s.Latency(metrics.Hit).Count(), 1},
		"all latencies":            {s.LatencyAll().Count(), 4},
		"ages when served":         {s.EntryAge(metrics.AgeAtHit).Count(), 2},
		"ages when removed":        {s.EntryAge(metrics.AgeAtRemoval).Count(), 1},
		"stale ages":               {s.StaleAge().Count(), 1},
		"errors":                   {s.Errors(metrics.Coalesced, metrics.ErrorDeadline), 1},
		"errors of another kind":   {s.Errors(metrics.Coalesced, metrics.ErrorCanceled), 0},
		"computations":             {s.Computations(), 2},
		"failed computations":      {s.ComputeBy(metrics.TriggerMiss, metrics.ResultError).Count(), 1},
		"unchanged":                {s.Comparisons(metrics.Unchanged), 1},
		"failed ones compared":     {s.Comparisons(metrics.Changed), 0},
		"waits":                    {s.Waits().Count(), 1},
		"timed out waits":          {s.WaitsBy(metrics.ScopeLimit, metrics.ResultTimeout).Count(), 1},
		"peeks":                    {s.OperationsBy(metrics.OperationPeek, metrics.ResultNotFound), 2},
		"timed peeks":              {s.OperationTimes(metrics.OperationPeek, metrics.ResultNotFound).Count(), 1},
		"requests to the store":    {s.BackendOperations(metrics.BackendLock, metrics.ResultError).Count(), 1},
		"sizes":                    {s.EntrySize().Count(), 1},
		"refused for want of room": {s.Rejections(metrics.RejectBackendFull), 1},
		"refused as nil":           {s.Rejections(metrics.RejectNil), 1},
		"refused of known size":    {s.RejectedSize().Count(), 1},
		"corrupt":                  {s.Removals(metrics.TierBackend, metrics.RemovalCorrupt, metrics.ReadNo), 5},
		"evicted":                  {s.Removals(metrics.TierLocal, metrics.RemovalCapacity, metrics.ReadYes), 1},
		"refreshes skipped":        {s.RefreshesSkipped(metrics.SkipClosed), 1},
		"in flight":                {uint64(s.InFlight()), 2},
		"waiting":                  {uint64(s.Waiters()), 1},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", what, n[0], n[1])
		}
	}
	for what, v := range map[string][2]float64{
		"saved":      {float64(s.Saved()), 0.3},
		"overhead":   {float64(s.Overhead()), 0.001 + 0.001 + 0.001 + 0.004 + 0.005},
		"cost":       {s.Cost(), 11},
		"cost saved": {s.CostSaved(), 5},
	} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s: %v, want %v", what, v[0], v[1])
		}
	}
	if s.Saved().Duration() != 300*ms || s.Saved().String() != "300ms" {
		t.Errorf("saved %v", s.Saved())
	}
}

func TestSampledHitsAreWeightedAndMarked(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	r.SampleHit(metrics.HitSample{Duration: time.Microsecond, Age: time.Second, Cost: time.Second}) // 0 means 1
	s := r.Snapshot()
	if h := s.Latency(metrics.Hit); h.Count() != 1 || h.Estimated() {
		t.Errorf("one hit: %d, estimated %v", h.Count(), h.Estimated())
	}
	r.SampleHit(metrics.HitSample{Weight: 64, Duration: time.Microsecond, Age: time.Second, Cost: time.Second, Price: 0.5})
	r.SampleHit(metrics.HitSample{Weight: 35, Duration: metrics.Unknown, Age: metrics.Unknown})
	s = r.Snapshot()
	if h := s.Latency(metrics.Hit); h.Count() != 65 || !h.Estimated() || !h.Buckets().Estimated {
		t.Errorf("latencies: %d, estimated %v", h.Count(), h.Estimated())
	}
	if h := s.EntryAge(metrics.AgeAtHit); h.Count() != 65 || !h.Estimated() {
		t.Errorf("ages: %d, estimated %v", h.Count(), h.Estimated())
	}
	if s.Saved() != 65 || s.CostSaved() != 32 || s.Overhead().Duration() != 65*time.Microsecond {
		t.Errorf("saved %v, %v; overhead %v", s.Saved(), s.CostSaved(), s.Overhead())
	}
	if s.Requests(metrics.Hit) != 0 {
		t.Error("a sample counts no hits")
	}
	if s.Compute().Estimated() || !s.LatencyAll().Estimated() {
		t.Error("what a sample went into is estimated, the rest isn't")
	}
}

func TestValuesOutsideEnumerationsAreLeftOut(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	r.Record(metrics.Call{Outcome: 9, Err: metrics.ErrorPanic})
	r.Record(metrics.Call{Outcome: metrics.Miss, Reason: 99})
	r.Record(metrics.Call{Outcome: metrics.Miss, Err: 99})
	r.Compute(metrics.Computation{Trigger: 9, Result: 9, Price: math.NaN()})
	r.Compute(metrics.Computation{Price: math.Inf(1)})
	r.Compute(metrics.Computation{Price: -1, Changed: 7})
	r.Wait(9, 0, 0)
	r.Operation(9, 9, 0)
	r.BackendOperation(9, 9, 0)
	r.TierLookup(9, 9)
	r.Reject(9, 0)
	r.Remove(metrics.RemovalEvent{Tier: 9, Age: metrics.Unknown})
	r.SkipRefresh(9)
	s := r.Snapshot()
	if s.Calls() != 1 || s.Computations() != 2 || s.Cost() != 0 {
		t.Errorf("%d calls, %d computations, cost %v", s.Calls(), s.Computations(), s.Cost())
	}
	if s.Requests(9)+s.RequestsReason(9, 0)+s.RequestsReason(metrics.Hit, 99)+s.Errors(9, 9)+s.Errors(metrics.Hit, metrics.NoError)+
		s.Comparisons(9)+s.Latency(9).Count()+s.TierLookups(9, 9)+s.Removals(9, 9, 9)+s.EntryAge(9).Count() != 0 {
		t.Error("asked for what doesn't exist, and got some")
	}
	if got := metrics.Outcome(9).String(); got != "unknown(9)" {
		t.Errorf("String() = %q", got)
	}
}

func TestNilRecorderDoesNothing(t *testing.T) {
	var r *metrics.Recorder
	r.Record(metrics.Call{KeyHash: 1})
	r.SampleHit(metrics.HitSample{KeyHash: 1})
	r.Compute(metrics.Computation{})
	r.Wait(0, 0, 0)
	r.Operation(0, 0, 0)
	r.BackendOperation(0, 0, 0)
	r.TierLookup(0, 0)
	r.Stored(1)
	r.Reject(0, 1)
	r.Remove(metrics.RemovalEvent{})
	r.SkipRefresh(0)
	r.AddInFlight(1)
	r.AddWaiters(1)
	if r.Name() != "" || r.HotKeys() != nil {
		t.Error("a nil recorder knows something")
	}
	for _, s := range []metrics.Snapshot{r.Snapshot(), r.Window(time.Hour), {}} {
		if s.Calls() != 0 || !math.IsNaN(s.HitRatio()) || s.LatencyAll().Count() != 0 || s.Saved() != 0 || s.InFlight() != 0 || s.Waiters() != 0 {
			t.Errorf("no data: %+v", s)
		}
		if s.Gauges().Tiers[0].Entries != -1 {
			t.Error("no data, but a number of entries")
		}
		for range s.Series() {
			t.Error("no data, but a series")
		}
	}
	for range r.Snapshots() {
		t.Error("a nil recorder has no snapshot")
	}
}

func TestNewRecorderRefuses(t *testing.T) {
	if _, err := metrics.NewRecorder("", metrics.RecorderOptions{}); !errors.Is(err, metrics.ErrNoName) {
		t.Errorf("no name: %v", err)
	}
	if _, err := metrics.NewRecorder("f", metrics.RecorderOptions{HotKeys: 1000}); err == nil || !strings.Contains(err.Error(), "256") {
		t.Errorf("too many hot keys: %v", err)
	}
	if _, err := metrics.NewRecorder("f", metrics.RecorderOptions{Labels: map[string]string{"": "v"}}); err == nil {
		t.Error("a label without a name was taken")
	}
	for _, p := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if _, err := metrics.SampleRate(p); err == nil || !strings.Contains(err.Error(), "between 0 and 1") {
			t.Errorf("rate %v: %v", p, err)
		}
	}
}

func TestSamplingIsStated(t *testing.T) {
	for want, sampling := range map[string]metrics.Sampling{
		"auto": {}, "0": must(metrics.SampleRate(0)), "0.01": must(metrics.SampleRate(0.01)), "1": must(metrics.SampleRate(1)),
	} {
		s := newRecorder("f", metrics.RecorderOptions{Sampling: sampling}).Snapshot()
		rate, fixed := s.Sampling.Rate()
		if s.Sampling.String() != want || fixed != (want != "auto") || rate != rate {
			t.Errorf("sampling %v (%v, %v), want %s", s.Sampling, rate, fixed, want)
		}
		mixed := s.Plus(newRecorder("f", metrics.RecorderOptions{Sampling: must(metrics.SampleRate(0.5))}).Snapshot()).Sampling
		if _, fixed := mixed.Rate(); fixed || mixed.String() != "mixed" {
			t.Errorf("sum: %v", mixed)
		}
	}
}
