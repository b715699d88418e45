package metrics_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

func BenchmarkRecordMiss(b *testing.B) {
	r := newRecorder("f", metrics.RecorderOptions{})
	c := metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonAbsent, Duration: 12 * time.Millisecond, Overhead: time.Millisecond, Age: metrics.Unknown, KeyHash: 1}
	b.ReportAllocs()
	for b.Loop() {
		r.Record(c)
	}
}

// A hit of a cache that isn't ours and that nobody timed.
func BenchmarkRecordUntimedHit(b *testing.B) {
	r := newRecorder("f", metrics.RecorderOptions{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r.Record(metrics.Call{Outcome: metrics.Hit, Duration: metrics.Unknown, Age: metrics.Unknown})
		}
	})
}

func BenchmarkRecordTimedHit(b *testing.B) {
	r := newRecorder("f", metrics.RecorderOptions{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: time.Minute, Cost: time.Millisecond})
		}
	})
}

func BenchmarkSampleHit(b *testing.B) {
	r := newRecorder("f", metrics.RecorderOptions{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r.SampleHit(metrics.HitSample{Weight: 64, Duration: time.Microsecond, Age: time.Minute, Cost: time.Millisecond, KeyHash: 7})
		}
	})
}

func BenchmarkHotKeys(b *testing.B) {
	r := newRecorder("f", metrics.RecorderOptions{})
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, 1e6)
	b.ReportAllocs()
	for b.Loop() {
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: metrics.Unknown, Age: metrics.Unknown, KeyHash: zipf.Uint64() + 1})
	}
}

// typicalSecond is what a function in memory sees that is asked a lot: hits,
// some misses, entries that come and go.
func typicalSecond(r *metrics.Recorder, rng *rand.Rand) {
	for range 100 {
		r.SampleHit(metrics.HitSample{Weight: 64, Duration: logNormal(rng, time.Microsecond), Age: logNormal(rng, time.Minute), Cost: time.Millisecond})
	}
	for i := range 50 {
		compute := logNormal(rng, 10*time.Millisecond)
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.Miss.Reasons()[i%3], Duration: compute, Overhead: time.Microsecond})
		r.Compute(metrics.Computation{Duration: compute, Changed: metrics.Changed})
		r.Stored(int64(logNormal(rng, 4096)))
		r.Remove(metrics.RemovalEvent{Reason: metrics.RemovalCapacity, Read: metrics.ReadYes, Age: logNormal(rng, time.Minute)})
	}
}

// What keeping the windows takes of each second of a function that is typical,
// and of one that uses everything at once. 200 functions may take 2 ms a
// second, so 10 µs each; the figure is the mean over 20 minutes.
func BenchmarkAdvance(b *testing.B) {
	for name, second := range map[string]func(*metrics.Recorder, *rand.Rand){"typical": typicalSecond, "everything": busySecond} {
		b.Run(name, func(b *testing.B) {
			var took time.Duration
			for range b.N {
				r := newRecorder("f", metrics.RecorderOptions{})
				rng := rand.New(rand.NewPCG(1, 2))
				next := r.TakeReading(0)
				for now := time.Duration(0); now < 20*time.Minute; now += time.Second {
					if second(r, rng); now >= next {
						begin := time.Now()
						next = r.TakeReading(now)
						took += time.Since(begin)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/1200, "ns/s")
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	r := newRecorder("f", metrics.RecorderOptions{})
	busySecond(r, rand.New(rand.NewPCG(1, 2)))
	b.ReportAllocs()
	for b.Loop() {
		r.Snapshot()
	}
}

func BenchmarkWindow(b *testing.B) {
	r := newRecorder("f", metrics.RecorderOptions{})
	rng := rand.New(rand.NewPCG(1, 2))
	for now := time.Duration(0); now < 3*time.Hour; now += 10 * time.Second {
		typicalSecond(r, rng)
		r.TakeReading(now)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Window(2 * time.Hour) // on the clock of the benchmark all of it is recent
	}
}
