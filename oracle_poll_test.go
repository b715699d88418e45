package cachier_test

import (
	"testing"
	"time"
	"unsafe"

	"github.com/cachier-go/cachier/metrics"
)

// part is a number of a snapshot that must never fall: a counter, or a bucket,
// the count or the sum of a histogram. The labels of a series are always the
// same slice.
type part struct {
	metric *metrics.Metric
	labels *metrics.Label
	what   int
}

const (
	thatCounts = 1<<31 + iota // beyond any bucket
	thatSums
)

// neverFalls takes snapshots until stop is closed, a thousand at least, and
// fails the test if any part of one is less than it was, or gone. It returns
// how many it took.
func neverFalls(t *testing.T, r *metrics.Recorder, stop <-chan struct{}) (polls int) {
	before := map[part]float64{}
	for {
		seen := 0
		see := func(p part, now float64) {
			seen++
			if was := before[p]; now < was {
				t.Errorf("%s %v fell from %v to %v", p.metric.Name, p.what, was, now)
			}
			before[p] = now
		}
		for series := range r.Snapshot().Series() {
			p := part{series.Metric, unsafe.SliceData(series.Labels), thatCounts}
			switch series.Metric.Kind {
			case metrics.KindCounter:
				see(p, series.Value)
			case metrics.KindHistogram:
				see(p, float64(series.Buckets.Count))
				p.what = thatSums
				see(p, series.Buckets.Sum)
				for i, n := range series.Buckets.All() {
					p.what = i
					see(p, float64(n))
				}
			}
		}
		if seen != len(before) {
			t.Errorf("%d parts are gone", len(before)-seen)
		}
		polls++
		select {
		case <-stop:
			if polls >= 1000 {
				return polls
			}
		case <-time.After(time.Millisecond):
		}
	}
}
