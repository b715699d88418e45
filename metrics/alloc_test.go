package metrics_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// In steady state recording allocates nothing. What is made at a first value
// (histograms, their chunks, hot keys, stripes) is there after a while.
func TestRecordingAllocatesNothing(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	busySecond(r, rand.New(rand.NewPCG(1, 2)))
	text := func() string { return "key" }
	for name, record := range map[string]func(){
		"Record hit": func() {
			r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: time.Second, KeyHash: 1})
		},
		"Record untimed hit": func() {
			r.Record(metrics.Call{Outcome: metrics.Hit, Duration: metrics.Unknown, Age: metrics.Unknown})
		},
		"Record miss":  func() { r.Record(metrics.Call{Outcome: metrics.Miss, Duration: time.Second, KeyHash: 2, Key: "k"}) },
		"Record stale": func() { r.Record(metrics.Call{Outcome: metrics.Stale, Duration: time.Second, Cost: time.Second}) },
		"SampleHit": func() {
			r.SampleHit(metrics.HitSample{Weight: 64, Duration: time.Microsecond, Cost: time.Second, KeyHash: 3, Key: text})
		},
		"Compute":          func() { r.Compute(metrics.Computation{Duration: time.Millisecond, Price: 1}) },
		"Wait":             func() { r.Wait(metrics.ScopeProcess, metrics.ResultOK, time.Second) },
		"Operation":        func() { r.Operation(metrics.OperationPeek, metrics.ResultOK, time.Second) },
		"BackendOperation": func() { r.BackendOperation(metrics.BackendGet, metrics.ResultOK, time.Second) },
		"TierLookup":       func() { r.TierLookup(metrics.TierLocal, metrics.ResultNotFound) },
		"Stored":           func() { r.Stored(100) },
		"Reject":           func() { r.Reject(metrics.RejectNil, 0) },
		"Remove":           func() { r.Remove(metrics.RemovalEvent{Age: time.Minute}) },
		"SkipRefresh":      func() { r.SkipRefresh(metrics.SkipPoolFull) },
		"AddInFlight":      func() { r.AddInFlight(1); r.AddWaiters(-1) },
	} {
		for range 3 {
			record()
		}
		// A second passes now and then, and with it a reading is taken: a run
		// is short enough to be repeated until it is free of one.
		least := testing.AllocsPerRun(100, record)
		for range 5 {
			least = min(least, testing.AllocsPerRun(100, record))
		}
		if least != 0 {
			t.Errorf("%s: %v allocations", name, least)
		}
	}
}
