package stripe

import (
	"math"
	"math/bits"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
)

// tick is how long a reading of the clock may be reused.
const tick = int64(time.Millisecond)

const (
	perTick   = 2    // events a slot times in a tick, in automatic mode
	sparsest  = 1024 // events for each one timed, at the most
	growAt    = 64   // events for each one timed, from which on a Set deserves its full size
	hotInTick = 32   // events in a tick from which on a reading is reused

	rarest = 1 << 40 // events for each one recorded, whatever the rate
)

// reuseFrom is the number of events on a slot from which on it may reuse
// readings: at once in a program, never in a test binary. One that runs
// benchmarks also runs tests, which may go from the real clock into a bubble
// within a millisecond; tens of thousands of events are a benchmark.
var reuseFrom = map[clock.Program]uint64{
	clock.Ordinary: 0, clock.Test: math.MaxUint64, clock.Benchmark: 1 << 16,
}[clock.Of()]

// Sampled tells the slot that the event just counted on it was timed, and
// ended at now. It settles which event is timed next and whether the events
// until then may reuse now. It returns how many events this one stands for, 0
// when it is not to be recorded.
//
// A reading is reused only on a slot that does tens of events within a
// millisecond, and until the first of: the next sampled event of the slot, at
// most 2047 events later; a timer, one millisecond later. So only a program
// that was stopped, or that kept its timers from running, finds a reading
// older than that, and then for 2047 events of each slot at the most. A test
// binary never reuses a reading, so that fake clocks hold; one that runs
// benchmarks does so on slots of tens of thousands of events.
func (s *Set) Sampled(slot *Slot, now int64) (weight uint64) {
	if !slot.busy.CompareAndSwap(0, 1) {
		return 0 // another event is being sampled; the next one stands for this
	}
	count := slot.Count.Load()
	events := int64(min(uint32(count)-slot.last, 1<<20))
	elapsed := max(now-slot.lastTime, 1)

	// As many events as fit perTick samples into a tick, but no more than
	// about twice as many as last time: a burst has to prove itself.
	pace := uint32(min(events*tick/perTick/elapsed, 2*int64(slot.pace)+1, sparsest))
	slot.last, slot.lastTime, slot.pace = uint32(count), now, pace
	if s.config.Rate < 0 || count > slot.record {
		weight, slot.recorded = count-slot.recorded, count
		slot.record = count + slot.step(s.recordPace(pace)) - 1
	}
	next := slot.record
	if s.config.Clock && s.config.Rate >= 0 {
		next = min(next, count+slot.step(float64(pace))-1)
	}
	slot.Next.Store(next)
	s.share(slot, now, next > count && pace >= hotInTick/perTick)
	slot.busy.Store(0)
	if pace >= growAt && !s.grown.Load() {
		s.grow()
	}
	return weight
}

// recordPace is the mean distance of recorded events.
func (s *Set) recordPace(pace uint32) float64 {
	if s.config.Rate < 0 {
		return float64(pace)
	}
	return min(1/s.config.Rate, rarest)
}

// step draws a distance of at least 1 with the given mean. It is uniform, not
// constant, so that a load with a period of its own is not sampled in phase.
func (slot *Slot) step(mean float64) uint64 {
	if mean <= 1 {
		return 1
	}
	x := slot.random
	x ^= x << 13
	x ^= x >> 17
	x ^= x << 5
	slot.random = x
	return 1 + uint64(float64(x)*0x1p-32*(2*mean-1))
}

// share lets the next events of the slot reuse the reading now, or stops it.
func (s *Set) share(slot *Slot, now int64, hot bool) {
	if !hot || !s.config.Clock || s.config.Exact || slot.Count.Load() < reuseFrom || clock.InBubble(now) {
		if slot.Now.Load() != 0 {
			slot.Now.Store(0)
		}
		return
	}
	slot.Now.Store(now)
	s.current.Load().publish(slot)
	if !s.armed.Load() && s.armed.CompareAndSwap(false, true) {
		s.arm()
	}
}

func (s *Set) arm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		s.timer = time.AfterFunc(time.Duration(tick), s.expire)
	} else {
		s.timer.Reset(time.Duration(tick))
	}
}

// expire ends the reuse of every reading that was published since it last ran.
// It runs on the timer, so a Set that nobody calls keeps nothing alive.
func (s *Set) expire() {
	// Disarmed first: a reading that is published from here on arms anew.
	s.armed.Store(false)
	s.first.expire()
	if b := s.current.Load(); b != s.first {
		b.expire()
	}
}

// publish remembers that the slot holds a reading.
func (b *block) publish(slot *Slot) {
	i := b.index(slot)
	if i < 0 {
		slot.Now.Store(0) // of the block before: not worth a timer any more
		return
	}
	if b.published[i/64].Load()>>(i%64)&1 == 0 { // a store would take the line from the others
		b.published[i/64].Or(1 << (i % 64))
	}
}

func (b *block) expire() {
	for w := range b.published {
		if b.published[w].Load() == 0 {
			continue
		}
		for set := b.published[w].Swap(0); set != 0; set &= set - 1 {
			b.slots[w*64+bits.TrailingZeros64(set)].Now.Store(0)
		}
	}
}
