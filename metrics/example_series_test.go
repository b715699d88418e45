package metrics_test

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// An exporter is a loop over series; names and units are the catalogue's.
func ExampleSnapshot_Series() {
	rec, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{})
	rec.Compute(metrics.Computation{Duration: 30 * time.Millisecond, Changed: metrics.Unchanged})
	for s := range rec.Snapshot().Series() {
		switch {
		case s.Metric.Kind == metrics.KindHistogram:
			for i, n := range s.Buckets.All() {
				fmt.Printf("%s %v: %d up to %.3f %s\n", s.Metric.Name, s.Labels, n, metrics.BucketBound(i), s.Metric.Unit)
			}
		case s.Value > 0 && s.Metric.Name != "cachier_info":
			fmt.Println(s.Metric.Name, s.Labels, s.Value)
		}
	}
	// Output:
	// cachier_compute_duration_seconds [{trigger miss} {result ok}]: 1 up to 0.031 s
	// cachier_compute_comparisons_total [{change unchanged}] 1
}
