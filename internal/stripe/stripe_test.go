package stripe_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/stripe"
)

// event counts one event as a cache does a hit, and tells how many events it is
// a sample of; 0: none.
func event(s *stripe.Set) (weight uint64, sampled bool) {
	slot := s.Pick()
	sampled = slot.Count.Load() >= slot.Next.Load()
	slot.Count.Add(1)
	if sampled {
		weight = s.Sampled(slot, clock.Now())
	}
	return weight, sampled
}

func TestSlotFillsACacheLine(t *testing.T) {
	if size := unsafe.Sizeof(stripe.Slot{}); size != 64 {
		t.Errorf("a slot has %d bytes", size)
	}
	s := stripe.New(stripe.Config{Rate: -1})
	s.Grow()
	for slot := range s.All {
		if at := uintptr(unsafe.Pointer(slot)); at%64 != 0 {
			t.Errorf("a slot begins in the middle of a line, at %x", at)
		}
	}
}

// Counts are exact, and their sum never falls, also while the Set grows.
func TestCountsAreExact(t *testing.T) {
	const goroutines, each = 32, 5000
	for _, rate := range []float64{-1, 0, 0.01, 1} {
		s := stripe.New(stripe.Config{Rate: rate, Clock: rate == 0})
		var stop atomic.Bool
		var polling, counting sync.WaitGroup
		polling.Go(func() {
			for last := uint64(0); !stop.Load(); {
				sum := s.Sum()
				if sum < last || sum > goroutines*each {
					t.Errorf("the sum went from %d to %d", last, sum)
				}
				last = sum
			}
		})
		for range goroutines {
			counting.Go(func() {
				for i := range each {
					event(s)
					if i == each/2 {
						s.Grow()
					}
				}
			})
		}
		counting.Wait()
		stop.Store(true)
		polling.Wait()
		if got := s.Sum(); got != goroutines*each {
			t.Errorf("rate %v: counted %d events of %d", rate, got, goroutines*each)
		}
	}
}

// A Set starts small and grows once it is busy, up to a bound.
func TestGrowth(t *testing.T) {
	s := stripe.New(stripe.Config{Rate: -1})
	small := s.Slots()
	for range 100_000 {
		event(s)
	}
	if grown := s.Slots(); grown <= small || grown > stripe.MaxSlots {
		t.Errorf("a busy Set has %d slots, an idle one %d", grown, small)
	}
}

// Goroutines that run at the same time mostly use different slots.
func TestSpread(t *testing.T) {
	s := stripe.New(stripe.Config{Rate: -1})
	s.Grow()
	goroutines := 8 * s.Slots()
	var picked sync.Map
	var all, ready sync.WaitGroup
	ready.Add(goroutines)
	for range goroutines {
		all.Go(func() {
			n, _ := picked.LoadOrStore(s.Pick(), new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
			ready.Done()
			ready.Wait() // so that all stacks exist at once
		})
	}
	all.Wait()
	slots, most := 0, int64(0)
	picked.Range(func(_, n any) bool {
		slots++
		most = max(most, n.(*atomic.Int64).Load())
		return true
	})
	if slots < s.Slots()*3/4 || most > 4*8 {
		t.Errorf("%d goroutines use %d of %d slots, up to %d the same", goroutines, slots, s.Slots(), most)
	}
}
