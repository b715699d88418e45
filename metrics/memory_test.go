package metrics_test

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// An idle recorder takes at most 8 KiB, one that has been busy for hours in
// every way at once at most 192 KiB and 4 KiB per processor, windows included.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of recording")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{2, 16, 64} {
		runtime.GOMAXPROCS(procs)
		idle, busy := memory(t)
		t.Logf("GOMAXPROCS %d: idle %d B, busy %.1f KiB", procs, idle, float64(busy)/1024)
		if idle > 8<<10 {
			t.Errorf("GOMAXPROCS %d: an idle recorder takes %d bytes", procs, idle)
		}
		if limit := 192<<10 + procs*4<<10; busy > limit {
			t.Errorf("GOMAXPROCS %d: a busy recorder takes %d bytes, over %d", procs, busy, limit)
		}
	}
}

// memory returns the bytes on the heap of a recorder that was just made and of
// one that was busy for three hours.
func memory(t *testing.T) (idle, busy int) {
	// Enough that what the runtime itself takes meanwhile, a few KiB, hides
	// nothing and adds nothing.
	const idlers, n = 200, 2
	synctest.Test(t, func(t *testing.T) {
		recorders := make([]*metrics.Recorder, idlers)
		before := heap()
		for i := range recorders {
			recorders[i] = newRecorder("f", metrics.RecorderOptions{})
		}
		idle = (heap() - before) / idlers
		runtime.KeepAlive(recorders)

		recorders = make([]*metrics.Recorder, n)
		before = heap()
		for i := range recorders {
			recorders[i] = newRecorder("f", metrics.RecorderOptions{})
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 1050 { // hours by the minute, then minutes by the second: all rings are full
			for _, r := range recorders {
				r.Record(metrics.Call{Outcome: metrics.Hit, Duration: metrics.Unknown, Age: metrics.Unknown})
				busySecond(r, rng)
			}
			if i < 900 {
				time.Sleep(11 * time.Second)
			}
			time.Sleep(time.Second)
		}
		busy = (heap() - before) / n
		runtime.KeepAlive(recorders)
	})
	return idle, busy
}

func heap() int {
	runtime.GC()
	runtime.GC() // the first may leave what a finished one was still marking
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// Nothing is kept of times in which nothing happens.
func TestIdleTimeTakesNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder("f", metrics.RecorderOptions{})
		r.Record(metrics.Call{Outcome: metrics.Miss})
		time.Sleep(time.Minute)
		r.Window(time.Hour)
		before := heap()
		for range 24 * 60 {
			time.Sleep(time.Minute)
			r.Window(time.Hour)
		}
		if grown := heap() - before; grown > 4<<10 {
			t.Errorf("a day of looking at an idle recorder takes %d bytes", grown)
		}
		runtime.KeepAlive(r)
	})
}
