// Package beside compares two things that are done in turns, for benchmarks: how
// fast the machine is at the moment changes the time of each, not their ratio.
package beside

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// Ratio reports, under the name, how long one takes for what the other takes: the
// median of 31 rounds' ratios, and their tenth and ninetieth percentile as name-p10
// and name-p90. All rounds together call each of them b.N times. With more than one
// caller, so many goroutines share the calls of a round. A call gets the number of
// its caller, from 0.
func Ratio(b *testing.B, name string, callers int, one, other func(caller int) error) {
	b.Helper()
	const rounds = 31
	n := max(b.N/rounds, 1)
	spend := func(call func(caller int) error) time.Duration {
		start := time.Now()
		if callers == 1 {
			repeat(b, n, 0, call)
			return time.Since(start)
		}
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() { repeat(b, max(n/callers, 1), caller, call) })
		}
		all.Wait()
		return time.Since(start)
	}
	spend(one)
	spend(other)
	var ratios []float64
	b.ResetTimer()
	for r := range rounds {
		var x, y time.Duration
		if r%2 == 0 {
			x, y = spend(one), spend(other)
		} else {
			y, x = spend(other), spend(one)
		}
		ratios = append(ratios, float64(x)/float64(y))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[rounds/2], name)
	b.ReportMetric(ratios[rounds/10], name+"-p10")
	b.ReportMetric(ratios[rounds-1-rounds/10], name+"-p90")
}

// repeat calls n times, or until a call fails.
func repeat(b *testing.B, n, caller int, call func(caller int) error) {
	for range n {
		if err := call(caller); err != nil {
			b.Error(err)
			return
		}
	}
}
