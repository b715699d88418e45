package metrics_test

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// To measure from a moment on, keep a Snapshot and subtract it: nothing is ever
// reset, so nobody else's numbers change.
func ExampleSnapshot_Minus() {
	rec, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{})
	rec.Record(metrics.Call{Outcome: metrics.Miss, Duration: 20 * time.Millisecond})
	baseline := rec.Snapshot()

	for range 3 {
		rec.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: time.Minute})
	}
	since := rec.Snapshot().Minus(baseline)
	fmt.Println("since then:", since.Calls(), "calls; in all:", rec.Snapshot().Calls())
	fmt.Println("hit ratio since then:", since.HitRatio())
	// Output:
	// since then: 3 calls; in all: 4
	// hit ratio since then: 1
}

// Snapshots of several instances, or of several functions, add up exactly.
func ExampleSnapshot_Plus() {
	var instances []metrics.Snapshot
	for i := range 3 {
		rec, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{})
		for range 10 * (i + 1) {
			rec.Compute(metrics.Computation{Duration: 100 * time.Millisecond})
		}
		instances = append(instances, rec.Snapshot())
	}
	sum := instances[0].Plus(instances[1]).Plus(instances[2])
	fmt.Println(sum.Name, sum.Computations(), "computations")
	fmt.Println("median within 5 %:", sum.Compute().Quantile(0.5).Round(10*time.Millisecond))
	// Output:
	// users.fetch 60 computations
	// median within 5 %: 100ms
}
