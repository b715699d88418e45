package metricstest

import (
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// traffic records each kind of event n times.
func traffic(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(1+i*i) * time.Microsecond
		for o := metrics.Hit; o <= metrics.Bypass; o++ {
			for _, reason := range append(o.Reasons(), metrics.NoReason) {
				r.Record(metrics.Call{
					Outcome: o, Reason: reason, Err: metrics.ErrorFunction, Duration: took, Overhead: took / 2,
					Age: 1000 * took, StaleFor: 10 * took, Cost: 100 * took, Price: 0.25,
				})
			}
		}
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took, Changed: metrics.Unchanged, Price: 0.5})
		r.Compute(metrics.Computation{Trigger: metrics.TriggerAhead, Result: metrics.ResultError, Duration: took})
		r.Wait(metrics.ScopeProcess, metrics.ResultOK, took)
		r.Operation(metrics.OperationPut, metrics.ResultOK, took)
		r.BackendOperation(metrics.BackendGet, metrics.ResultNotFound, took)
		r.TierLookup(metrics.TierBackend, metrics.ResultNotFound)
		r.Stored(int64(1 + 100*i))
		r.Reject(metrics.RejectSizeLimit, 1<<20)
		r.Remove(metrics.RemovalEvent{Tier: metrics.TierLocal, Reason: metrics.RemovalCapacity, Read: metrics.ReadNo, Age: took})
		r.SkipRefresh(metrics.SkipPoolFull)
	}
}
