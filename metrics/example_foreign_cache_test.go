package metrics_test

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// measured is some cache, here a plain map, that tells a Recorder what its
// calls got. The same four lines fit any other cache.
type measured struct {
	values map[string]string
	rec    *metrics.Recorder
}

func (m *measured) get(key string) string {
	begin := time.Now()
	if v, ok := m.values[key]; ok {
		m.rec.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Since(begin), Age: metrics.Unknown})
		return v
	}
	v := "the value of " + key
	computed := time.Since(begin)
	m.rec.Compute(metrics.Computation{Duration: computed})
	m.values[key] = v
	m.rec.Record(metrics.Call{
		Outcome: metrics.Miss, Reason: metrics.ReasonAbsent,
		Duration: time.Since(begin), Overhead: time.Since(begin) - computed, Age: metrics.Unknown,
	})
	return v
}

// A cache that isn't cachier's is measured by recording its calls.
func Example_foreignCache() {
	rec, err := metrics.NewRecorder("settings", metrics.RecorderOptions{Backend: "map"})
	if err != nil {
		fmt.Println(err)
		return
	}
	cache := &measured{map[string]string{}, rec}
	for _, key := range []string{"a", "b", "a", "a"} {
		cache.get(key)
	}
	snap := rec.Snapshot()
	fmt.Printf("%d calls, hit ratio %.0f %%\n", snap.Calls(), 100*snap.HitRatio())
	fmt.Println("absent:", snap.Misses(metrics.ReasonAbsent), "computed:", snap.Computations())
	fmt.Println("hits timed:", snap.Latency(metrics.Hit).Count())
	// Output:
	// 4 calls, hit ratio 50 %
	// absent: 2 computed: 2
	// hits timed: 2
}
