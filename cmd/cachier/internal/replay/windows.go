package replay

import (
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// tally is what is counted of a span of the trace.
type tally struct {
	outcomes [metrics.Bypass + 1]uint64
	absent   uint64 // misses, by reason
	evicted  uint64
	expired  uint64
	costs
}

func tallyOf(s metrics.Snapshot, c costs) tally {
	t := tally{
		absent:  s.Misses(metrics.ReasonAbsent),
		evicted: s.Misses(metrics.ReasonEvicted),
		expired: s.Misses(metrics.ReasonExpired),
		costs:   c,
	}
	for o := range t.outcomes {
		t.outcomes[o] = s.Requests(metrics.Outcome(o))
	}
	return t
}

func (t tally) plus(u tally) tally { return t.combine(u, func(a, b uint64) uint64 { return a + b }, 1) }

func (t tally) minus(u tally) tally {
	return t.combine(u, func(a, b uint64) uint64 { return a - b }, -1)
}

func (t tally) combine(u tally, f func(a, b uint64) uint64, sign time.Duration) tally {
	for o := range t.outcomes {
		t.outcomes[o] = f(t.outcomes[o], u.outcomes[o])
	}
	t.absent, t.evicted, t.expired = f(t.absent, u.absent), f(t.evicted, u.evicted), f(t.expired, u.expired)
	t.computed += sign * u.computed
	t.saved += sign * u.saved
	return t
}

// windows cuts a trace into at most mostWindows spans of equal length, of its
// own time or, where it has no times, of accesses. How long the trace is isn't
// known before its end, so the length starts small and grows, each step a
// multiple of the one before, so that windows merge.
type windows struct {
	byTime bool
	length uint64 // nanoseconds or accesses
	step   int    // of the ladder
	list   []tally
	read   func() tally // the counters since the start
	last   tally        // as of the end of the last window but the open one
	open   int          // the window that is being filled
	end    uint64       // where it ends
}

const mostWindows = 20

// Steps of the ladders: the first length, and by how much each next one grows.
// When they end, the last factor is repeated.
var (
	timeStart     = uint64(time.Second)
	timeFactors   = []uint64{5, 3, 2, 2, 5, 3, 2, 2, 3, 2, 2, 2, 7} // 1s 5s 15s 30s 1m 5m 15m 30m 1h 3h 6h 12h 1d 7d
	accessStart   = uint64(1_000)
	accessFactors = []uint64{5, 2}
)

func newWindows(byTime bool, read func() tally) *windows {
	w := &windows{byTime: byTime, length: accessStart, read: read}
	if byTime {
		w.length = timeStart
	}
	w.list = make([]tally, 1, mostWindows)
	w.end = w.length
	return w
}

// before is told of each access before it is made.
func (w *windows) before(at time.Duration, accesses uint64) {
	where := accesses
	if w.byTime {
		where = uint64(at)
	}
	if where >= w.end {
		w.moveTo(where)
	}
}

func (w *windows) moveTo(where uint64) {
	w.close()
	for where/w.length >= mostWindows {
		w.grow()
	}
	w.open = int(where / w.length)
	for len(w.list) <= w.open {
		w.list = append(w.list, tally{})
	}
	w.end = uint64(w.open+1) * w.length
}

// close adds what happened since the last close to the open window.
func (w *windows) close() {
	now := w.read()
	w.list[w.open] = w.list[w.open].plus(now.minus(w.last))
	w.last = now
}

// grow merges windows into longer ones.
func (w *windows) grow() {
	var factor uint64
	if w.byTime {
		factor = timeFactors[min(w.step, len(timeFactors)-1)]
	} else {
		factor = accessFactors[w.step%len(accessFactors)]
	}
	w.step++
	w.length *= factor
	merged := make([]tally, (len(w.list)+int(factor)-1)/int(factor), mostWindows)
	for i, t := range w.list {
		merged[i/int(factor)] = merged[i/int(factor)].plus(t)
	}
	w.list = merged
}
