package suite

import (
	"runtime"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/benchmarks/stat"
)

// burstHits is how often each function is hit in a burst: often enough that one of the hits is a sampled one, which
// notices that time has passed.
const burstHits = 128

// runWindows measures what keeping windows costs a service that is busy all the time. Each second, the first burst of
// calls finds that a second has passed and advances every function's windows, those right after it don't; what the
// first takes more, less what it takes more without metrics (caches gone cold), is a second's cost of windows.
func runWindows(o Options, _ Task, emit func(Sample)) error {
	off, err := openService(o.Functions, instant, cachier.WithoutMetrics())
	if err != nil {
		return err
	}
	defer off.close()
	on, err := openService(o.Functions, instant)
	if err != nil {
		return err
	}
	defer on.close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	off.hits(burstHits)
	on.hits(burstHits)
	for second := range o.Seconds {
		time.Sleep(1100 * time.Millisecond)
		var extra [2]float64
		order := []*service{off, on}
		if second%2 == 1 {
			order[0], order[1] = order[1], order[0]
		}
		for _, s := range order {
			at := 0
			if s == on {
				at = 1
			}
			extra[at] = s.firstBurst()
		}
		emit(Sample{
			Round: second, Case: "windows of all functions", Subject: "cachier", Goroutines: 1,
			Unit: "% of a core", Value: 100 * (extra[1] - extra[0]),
		})
	}
	return nil
}

// firstBurst returns how many seconds a burst takes more than those that follow it.
func (s *service) firstBurst() float64 {
	first := s.burst()
	after := make([]float64, 5)
	for i := range after {
		after[i] = s.burst()
	}
	return first - stat.Median(after)
}

func (s *service) burst() float64 {
	begin := cpuTime()
	s.hits(burstHits)
	return cpuTime() - begin
}

// epoch is what wallTime counts from.
var epoch = time.Now()

func wallTime() float64 { return time.Since(epoch).Seconds() }
