package promexport_test

import (
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// recorder makes one, in a registry or in none.
func recorder(t testing.TB, registry *metrics.Registry, name string, o metrics.RecorderOptions) *metrics.Recorder {
	t.Helper()
	r, err := metrics.NewRecorder(name, o)
	if err != nil {
		t.Fatal(err)
	}
	if registry != nil {
		if err := registry.Register(r); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// hit records n hits, of durations that spread over the buckets.
func hit(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(100+i*i) * time.Nanosecond
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: took, Age: took * 1e6, StaleFor: -1, Cost: time.Millisecond})
	}
}

// everything records each kind of event, n times, always the same.
func everything(r *metrics.Recorder, n int) {
	hit(r, n)
	for i := range n {
		took := time.Duration(1+i) * time.Millisecond
		for _, call := range []metrics.Call{
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
		r.Stored(int64(100 * i))
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
