package suite

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"time"
)

// burst is how many operations are done between two looks at the clock: long enough, tens of microseconds, that the
// look costs nothing beside them.
const burst = 1024

// operations is work that can be done many times: it does n of them on behalf of a worker and returns how many
// succeeded. Each worker calls it from its own goroutine.
type operations func(worker, n int) (succeeded int)

// speed is what a measurement found.
type speed struct {
	nsPerOp float64 // of all workers together: two that do as much as one does alone halve it
	share   float64 // of operations that succeeded
}

// measure runs the operations on so many goroutines for about that long. Each worker keeps its own time, because the
// last to finish would otherwise be waited for by workers that do nothing.
func measure(do operations, goroutines int, about time.Duration) speed {
	var (
		ready, done sync.WaitGroup
		start       = make(chan struct{})
		perSecond   = make([]float64, goroutines)
		share       = make([]float64, goroutines)
	)
	ready.Add(goroutines)
	for w := range goroutines {
		done.Go(func() {
			ready.Done()
			<-start
			ops, succeeded := 0, 0
			begin := time.Now()
			elapsed := time.Duration(0)
			for elapsed < about {
				succeeded += do(w, burst)
				ops += burst
				elapsed = time.Since(begin)
			}
			perSecond[w] = float64(ops) / elapsed.Seconds()
			share[w] = float64(succeeded) / float64(ops)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	var s speed
	for w := range goroutines {
		s.nsPerOp += perSecond[w]
		s.share += share[w] / float64(goroutines)
	}
	s.nsPerOp = 1e9 / s.nsPerOp
	return s
}

// allocations returns how many objects one operation allocates. What goes on in the background is counted along, so
// the least of a few tries is the figure.
func allocations(do operations) float64 {
	var before, after runtime.MemStats
	least := -1.0
	for range 3 {
		runtime.ReadMemStats(&before)
		do(0, 8*burst)
		runtime.ReadMemStats(&after)
		if n := float64(after.Mallocs-before.Mallocs) / (8 * burst); least < 0 || n < least {
			least = n
		}
	}
	// One object in thousands of operations is the tester's or a timer's, not the operation's.
	if least < 0.01 {
		return 0
	}
	return least
}

// generator returns the source of a task's random choices.
func generator(o Options, t Task) *rand.Rand {
	return rand.New(rand.NewPCG(o.Seed, uint64(t.Process)))
}
