package traffic

import (
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// Recorder makes one, in a registry, or with nil in none.
func Recorder(tb testing.TB, registry *metrics.Registry, name string, o metrics.RecorderOptions) *metrics.Recorder {
	tb.Helper()
	r, err := metrics.NewRecorder(name, o)
	if err == nil && registry != nil {
		err = registry.Register(r)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// Hits records n hits, of durations that spread over the buckets.
func Hits(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(100+i*i) * time.Nanosecond
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: took, Age: took * 1e6, StaleFor: metrics.Unknown, Cost: time.Millisecond})
	}
}

// Misses records n misses, each with a computation.
func Misses(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(1+i) * time.Millisecond
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: took, Age: metrics.Unknown})
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took})
	}
}

// Everything records each kind of event n times, calls six times n, of which n are
// hits, always the same. It leaves a call in flight and one that waits.
func Everything(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(1+i*i) * time.Millisecond
		for _, call := range []metrics.Call{
			{Outcome: metrics.Hit, Age: time.Second, StaleFor: metrics.Unknown, Cost: 50 * time.Millisecond},
			{Outcome: metrics.Miss, Reason: metrics.ReasonAbsent},
			{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Err: metrics.ErrorFunction},
			{Outcome: metrics.Coalesced},
			{Outcome: metrics.Stale, Reason: metrics.ReasonRevalidate, Age: time.Hour, StaleFor: time.Minute, Price: 0.25},
			{Outcome: metrics.Bypass, Reason: metrics.ReasonRefresh},
		} {
			call.Duration, call.Overhead = took, took/4
			r.Record(call)
		}
		for _, trigger := range []metrics.Trigger{metrics.TriggerMiss, metrics.TriggerRevalidate, metrics.TriggerRefresh} {
			r.Compute(metrics.Computation{Trigger: trigger, Duration: took, Changed: metrics.Unchanged, Price: 0.5})
		}
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Result: metrics.ResultError, Duration: took})
		r.Wait(metrics.ScopeProcess, metrics.ResultOK, took)
		r.Operation(metrics.OperationPut, metrics.ResultOK, took)
		r.BackendOperation(metrics.BackendGet, metrics.ResultNotFound, took)
		r.BackendOperation(metrics.BackendSet, metrics.ResultOK, took)
		r.TierLookup(metrics.TierBackend, metrics.ResultNotFound)
		r.Stored(int64(100 * (i + 1)))
		r.Reject(metrics.RejectSizeLimit, 1<<20)
		r.Remove(metrics.RemovalEvent{Tier: metrics.TierLocal, Reason: metrics.RemovalCapacity, Read: metrics.ReadNo, Age: took})
		r.SkipRefresh(metrics.SkipPoolFull)
	}
	r.AddInFlight(1)
	r.AddWaiters(1)
}

// Few records hits and misses, twenty and four: what a function has between two
// exports.
func Few(r *metrics.Recorder) {
	for i := range 20 {
		took := time.Duration(1+i) * time.Millisecond
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: took / 1000, Age: took * 1000, Cost: time.Second})
		if i%5 == 0 {
			r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: took})
			r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took, Changed: metrics.Unchanged})
		}
	}
}

// Gauges fills in all of them.
func Gauges(g *metrics.Gauges) {
	g.Tiers[metrics.TierLocal] = metrics.TierGauges{Entries: 900, EntriesLimit: 1000, Size: 1 << 20, SizeLimit: 1 << 30}
	g.Tiers[metrics.TierBackend] = metrics.TierGauges{
		Entries: 5000, EntriesLimit: -1, Size: 1 << 32, SizeLimit: -1, SizeAge: 1500 * time.Millisecond,
	}
	g.CircuitRead, g.CircuitWrite = 0, 1
}

// Batch is everything of a registry, as for an exporter that nothing was sent by.
func Batch(registry *metrics.Registry) metrics.Batch {
	b := metrics.Batch{To: time.Now()}
	for s := range registry.Snapshots() {
		b.Deltas, b.Totals = append(b.Deltas, s), append(b.Totals, s)
	}
	return b
}
