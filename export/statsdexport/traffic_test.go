package statsdexport_test

import (
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// recorder makes one, in a registry.
func recorder(t testing.TB, registry *metrics.Registry, name string, o metrics.RecorderOptions) *metrics.Recorder {
	t.Helper()
	r, err := metrics.NewRecorder(name, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := registry.Register(r); err != nil {
		t.Fatal(err)
	}
	return r
}

// everything records each kind of event, n times, always the same.
func everything(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(1+i) * time.Millisecond
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
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took, Changed: metrics.Unchanged, Price: 0.5})
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Result: metrics.ResultError, Duration: took})
		r.Wait(metrics.ScopeProcess, metrics.ResultOK, took)
		r.Operation(metrics.OperationPut, metrics.ResultOK, took)
		r.BackendOperation(metrics.BackendGet, metrics.ResultNotFound, took)
		r.TierLookup(metrics.TierBackend, metrics.ResultNotFound)
		r.Stored(int64(100 * (i + 1)))
		r.Reject(metrics.RejectSizeLimit, 1<<20)
		r.Remove(metrics.RemovalEvent{Tier: metrics.TierLocal, Reason: metrics.RemovalCapacity, Read: metrics.ReadNo, Age: took})
		r.SkipRefresh(metrics.SkipPoolFull)
	}
}

// gauges fills in all of them.
func gauges(g *metrics.Gauges) {
	g.Tiers[metrics.TierLocal] = metrics.TierGauges{Entries: 900, EntriesLimit: 1000, Size: 1 << 20, SizeLimit: 1 << 30}
	g.Tiers[metrics.TierBackend] = metrics.TierGauges{
		Entries: 5000, EntriesLimit: -1, Size: 1 << 32, SizeLimit: -1, SizeAge: 90 * time.Second,
	}
	g.CircuitRead, g.CircuitWrite = 0, 1
}

// batch is everything of a registry.
func batch(registry *metrics.Registry) metrics.Batch {
	b := metrics.Batch{To: time.Now()}
	for s := range registry.Snapshots() {
		b.Deltas, b.Totals = append(b.Deltas, s), append(b.Totals, s)
	}
	return b
}
