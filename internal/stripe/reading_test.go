package stripe_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/stripe"
)

// at counts an event that happens at a given time, and tells which reading it
// would have judged an age by; 0: it read the clock.
func at(s *stripe.Set, slot *stripe.Slot, now int64) (reused int64) {
	if slot.Count.Load() >= slot.Next.Load() {
		slot.Count.Add(1)
		s.Sampled(slot, now)
		return 0
	}
	reused = slot.Now.Load()
	slot.Count.Add(1)
	return reused
}

// No reading is reused by more than 2047 events, whatever the rate.
func TestReadingEndsAfterSomeEvents(t *testing.T) {
	stripe.AllowReuse(t)
	for _, rate := range []float64{-1, 0, 0.001, 0.01, 0.5} {
		s := stripe.New(stripe.Config{Rate: rate, Clock: true})
		s.Grow() // or the slot stops being used
		slot, now := s.Pick(), int64(1)
		var reading int64
		events, most, reuses := 0, 0, 0
		for range 200_000 {
			now += 100
			switch reused := at(s, slot, now); reused {
			case 0:
				reading = 0
				continue
			case reading:
				events++
			default:
				reading, events = reused, 1
			}
			reuses++
			most = max(most, events)
		}
		t.Logf("rate %v: %d of 200,000 events reused a reading, one was reused %d times", rate, reuses, most)
		if most > 2*stripe.Sparsest-1 {
			t.Errorf("rate %v: a reading was reused %d times", rate, most)
		}
		if reuses == 0 {
			t.Errorf("rate %v: no reading was reused", rate)
		}
	}
}

// Only tens of events within a tick make a reading worth reusing.
func TestSlowEventsReadTheClock(t *testing.T) {
	stripe.AllowReuse(t)
	for _, c := range []struct {
		name  string
		gap   func(i int) int64
		reuse bool
	}{
		{"one in a tick", func(int) int64 { return stripe.Tick }, false},
		{"ten in a tick", func(int) int64 { return stripe.Tick / 10 }, false},
		{"pairs", func(i int) int64 { return []int64{100, 20 * stripe.Tick}[i%2] }, false},
		{"four at once", func(i int) int64 { return []int64{100, 100, 100, 20 * stripe.Tick}[i%4] }, false},
		{"a hundred in a tick", func(int) int64 { return stripe.Tick / 100 }, true},
	} {
		s := stripe.New(stripe.Config{Rate: -1, Clock: true})
		slot, now, reuses := s.Pick(), int64(1), 0
		for i := range 2000 {
			now += c.gap(i)
			if at(s, slot, now) != 0 {
				reuses++
			}
		}
		if c.reuse != (reuses > 0) {
			t.Errorf("%s: %d of 2000 events reused a reading", c.name, reuses)
		}
	}
}

// Where ages are not judged, or must be judged exactly, nothing is reused, and
// no timer is started.
func TestNoReuse(t *testing.T) {
	burst := func(c stripe.Config) {
		t.Helper()
		s := stripe.New(c)
		slot := s.Pick()
		for range 10_000 {
			if at(s, slot, clock.Now()) != 0 || s.Armed() {
				t.Errorf("%+v: a reading is reused", c)
				return
			}
		}
	}
	burst(stripe.Config{Rate: -1, Clock: true}) // a test binary
	stripe.AllowReuse(t)
	burst(stripe.Config{Rate: -1})
	burst(stripe.Config{Rate: -1, Clock: true, Exact: true})
	burst(stripe.Config{Rate: 1, Clock: true}) // every event reads the clock
}

// A timer ends the reuse of the last reading, and then nothing is left to wake.
func TestReadingEndsWhenNothingHappens(t *testing.T) {
	stripe.AllowReuse(t)
	s := stripe.New(stripe.Config{Rate: -1, Clock: true})
	var done atomic.Bool
	var events sync.WaitGroup
	for range 8 {
		events.Go(func() {
			for !done.Load() {
				event(s)
			}
		})
	}
	for s.Shared() == 0 {
		runtime.Gosched()
	}
	done.Store(true)
	events.Wait()
	for s.Shared() > 0 || s.Armed() {
		time.Sleep(time.Millisecond)
	}
}

// How old a reading is when it is reused, with idle and with busy processors.
// An event reads the time before it looks at the reading, so that a pause
// between the two can't make the reading look old.
func TestAgeOfReadings(t *testing.T) {
	stripe.AllowReuse(t)
	for _, hogs := range []int{0, 64} {
		var stop atomic.Bool
		for range hogs {
			go func() {
				for !stop.Load() {
				}
			}()
		}
		s := stripe.New(stripe.Config{Rate: -1, Clock: true})
		var reuses, late, oldest int64
		for end := clock.Now() + int64(300*time.Millisecond); ; {
			before := clock.Now()
			if before > end {
				break
			}
			if reading := at(s, s.Pick(), before); reading != 0 {
				reuses++
				oldest = max(oldest, before-reading)
				if before-reading > 10*stripe.Tick {
					late++
				}
			}
		}
		stop.Store(true)
		t.Logf("%d hogs: %d reuses, the oldest %v, %d beyond ten ticks", hogs, reuses, time.Duration(oldest), late)
		if hogs == 0 && late*100 > reuses {
			t.Errorf("%d of %d reused readings were older than ten ticks", late, reuses)
		}
	}
}

// Inside a bubble no reading is reused and no timer is started, so that a Set
// may be used in one bubble after the other, and outside.
func TestBubblesDontShareReadings(t *testing.T) {
	stripe.AllowReuse(t)
	s := stripe.New(stripe.Config{Rate: -1, Clock: true})
	outside := func() {
		for s.Shared() == 0 {
			event(s)
		}
	}
	inside := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for i := range 3000 {
				slot := s.Pick()
				reused := at(s, slot, clock.Now())
				if clock.InBubble(reused) {
					t.Fatal("a reading of a bubble is reused")
				}
				if i%1000 == 0 {
					time.Sleep(time.Second)
				}
			}
		})
	}
	inside(t)
	outside()
	inside(t)
	inside(t)
	outside()
}
