package metrics_test

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// A cache whose hits are too fast to time them all counts each itself, exactly,
// and times some of them, which stand for the rest.
func ExampleRecorder_SampleHit() {
	var hits uint64 // a real cache would stripe and pad it
	rec, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{Hits: func() uint64 { return hits }})
	for i := range 1000 {
		hits++
		if i%100 == 0 {
			rec.SampleHit(metrics.HitSample{Weight: 100, Duration: 80 * time.Nanosecond, Age: time.Minute, Cost: 2 * time.Millisecond})
		}
	}
	s := rec.Snapshot()
	fmt.Println(s.Requests(metrics.Hit), "hits, estimated latency:", s.Latency(metrics.Hit).Estimated())
	fmt.Println("saved", s.Saved())
	// Output:
	// 1000 hits, estimated latency: true
	// saved 2s
}

// A fixed rate is checked where it is set.
func ExampleSampleRate() {
	_, err := metrics.SampleRate(1.5)
	fmt.Println(err)
	// Output: cachier: sampling rate 1.5 is not between 0 and 1
}
