package metrics_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// Readers of every kind, while others record: for the race detector, and no
// window may have more than there ever was.
func TestReadersAndWriters(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{RevealKeys: true})
	var stop atomic.Bool
	var writers, readers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 2))
			for !stop.Load() {
				busySecond(r, rng)
				r.TakeReading(time.Duration(rng.Int64N(int64(time.Hour))))
			}
		})
		readers.Go(func() {
			for range 50 {
				for _, d := range []time.Duration{time.Second, time.Hour, 24 * time.Hour} {
					w := r.Window(d)
					if all := r.Snapshot(); w.Calls() > all.Calls() || w.Compute().Count() > all.Compute().Count() {
						t.Errorf("%d calls in a window, %d ever", w.Calls(), all.Calls())
					}
				}
				r.HotKeys()
			}
		})
	}
	readers.Wait()
	stop.Store(true)
	writers.Wait()
}
