package metrics_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// must returns v where an error can't be.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newRecorder returns a recorder with options that can't fail.
func newRecorder(name string, o metrics.RecorderOptions) *metrics.Recorder {
	return must(metrics.NewRecorder(name, o))
}

// logNormal is a latency as services have them: median m, most within a factor
// of ten of it.
func logNormal(rng *rand.Rand, m time.Duration) time.Duration {
	return time.Duration(float64(m) * math.Exp(0.8*rng.NormFloat64()))
}

// busySecond records what a busy function with every feature in use sees in a
// second: all outcomes, most reasons, computations, waits, a backend, removals.
func busySecond(r *metrics.Recorder, rng *rand.Rand) {
	const us, ms = time.Microsecond, time.Millisecond
	for range 100 {
		r.SampleHit(metrics.HitSample{Weight: 64, Duration: logNormal(rng, us), Age: logNormal(rng, time.Minute), Cost: logNormal(rng, 10*ms), KeyHash: rng.Uint64()})
	}
	for i := range 60 {
		compute := logNormal(rng, 10*ms)
		miss := metrics.Miss.Reasons()[i%9]
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: miss, Duration: compute + logNormal(rng, ms), Overhead: ms, KeyHash: rng.Uint64()})
		r.Compute(metrics.Computation{Trigger: metrics.Trigger(i % 5), Duration: compute, Result: metrics.Result(i % 7 % 2), Changed: metrics.Change(i % 3)})
		r.Stored(int64(logNormal(rng, 4096)))
		r.Remove(metrics.RemovalEvent{Reason: metrics.Removal(i % 4), Read: metrics.Read(i % 3), Age: logNormal(rng, time.Minute)})
		r.BackendOperation(metrics.BackendGet, metrics.Result(i%2)*metrics.ResultNotFound, logNormal(rng, ms))
		r.BackendOperation(metrics.BackendSet, metrics.ResultOK, logNormal(rng, ms))
		r.BackendOperation(metrics.BackendLock, metrics.ResultOK, logNormal(rng, ms))
		r.TierLookup(metrics.TierLocal, metrics.ResultNotFound)
		r.TierLookup(metrics.TierBackend, metrics.ResultOK)
	}
	for i := range 20 {
		r.Record(metrics.Call{Outcome: metrics.Stale, Reason: metrics.Stale.Reasons()[i%2], Duration: logNormal(rng, ms), Age: logNormal(rng, time.Hour), StaleFor: logNormal(rng, time.Minute), Cost: ms})
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: logNormal(rng, 5*ms), Age: metrics.Unknown, Err: metrics.ErrorKind(i % 3)})
		r.Record(metrics.Call{Outcome: metrics.Bypass, Reason: metrics.ReasonSkip, Duration: logNormal(rng, 10*ms), Age: metrics.Unknown})
		r.Wait(metrics.ScopeProcess, metrics.Result(i%2), logNormal(rng, 5*ms))
		r.Operation(metrics.OperationPut, metrics.ResultOK, logNormal(rng, ms))
		r.Operation(metrics.OperationPeek, metrics.ResultOK, logNormal(rng, us))
	}
	r.Reject(metrics.RejectSizeLimit, int64(logNormal(rng, 1<<20)))
	r.SkipRefresh(metrics.SkipPoolFull)
}
