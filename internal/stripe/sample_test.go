package stripe_test

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/internal/stripe"
)

// The weights of the samples add up to the events, but for those of each slot
// that come after its last sample.
func TestWeightsAddUp(t *testing.T) {
	for _, c := range []struct {
		rate float64
		tail uint64 // of each slot
	}{
		{-1, 2 * stripe.Sparsest}, {1, 0}, {0.5, 3}, {0.01, 200}, {0.001, 2000},
	} {
		for _, clock := range []bool{false, true} {
			t.Run(fmt.Sprintf("rate %v, clock %v", c.rate, clock), func(t *testing.T) {
				const goroutines, each = 4, 100_000
				s := stripe.New(stripe.Config{Rate: c.rate, Clock: clock})
				var weights atomic.Uint64
				var wg sync.WaitGroup
				for range goroutines {
					wg.Go(func() {
						for range each {
							if w, _ := event(s); w > 0 {
								weights.Add(w)
							}
						}
					})
				}
				wg.Wait()
				total, got := s.Sum(), weights.Load()
				slots := uint64(0)
				for range s.All {
					slots++
				}
				// Events that come while another of the slot is being sampled
				// are in the weight of the next sample.
				if tail := slots*c.tail + goroutines; got > total || got+tail < total {
					t.Errorf("the weights of %d events add up to %d", total, got)
				}
			})
		}
	}
}

// A rate is the share of events that are recorded.
func TestRates(t *testing.T) {
	for _, rate := range []float64{0.001, 0.01, 0.1, 0.5, 1} {
		s := stripe.New(stripe.Config{Rate: rate, Clock: true})
		samples := 0.0
		const n = 400_000
		for range n {
			if w, _ := event(s); w > 0 {
				samples++
			}
		}
		// The first event of each slot is always one.
		if want := rate * n; math.Abs(samples-want) > 0.15*want+float64(s.Slots()) {
			t.Errorf("rate %v: %v samples of %d events", rate, samples, n)
		}
	}
}

// At rate 0 nothing is recorded; the clock is renewed only where it is needed.
func TestRateZero(t *testing.T) {
	for _, clock := range []bool{false, true} {
		s := stripe.New(stripe.Config{Clock: clock})
		renewed := 0
		for range 10_000 {
			w, sampled := event(s)
			if w != 0 {
				t.Fatalf("an event was recorded, for %d", w)
			}
			if sampled {
				renewed++
			}
		}
		if clock != (renewed > 0) {
			t.Errorf("clock %v: read %d times", clock, renewed)
		}
	}
}

// Rates that can hardly be told from 0 are no accident of arithmetic.
func TestTinyRates(t *testing.T) {
	for _, rate := range []float64{1e-9, 1e-18, 1e-30, math.SmallestNonzeroFloat64} {
		s := stripe.New(stripe.Config{Rate: rate})
		samples := 0
		for range 100_000 {
			if w, _ := event(s); w > 0 {
				samples++
			}
		}
		if samples > s.Slots() {
			t.Errorf("rate %g: %d samples of 100,000", rate, samples)
		}
	}
}

// Fast events are sampled one in sparsest, on average.
func TestAutomaticRate(t *testing.T) {
	s := stripe.New(stripe.Config{Rate: -1})
	slot, now, samples := s.Pick(), int64(1), 0
	const n = 1_000_000
	for range n {
		now += 100
		sampled := slot.Count.Load() >= slot.Next.Load()
		slot.Count.Add(1)
		if sampled && s.Sampled(slot, now) > 0 {
			samples++
		}
	}
	if got := n / float64(samples); got < 0.95*stripe.Sparsest || got > 1.05*stripe.Sparsest {
		t.Errorf("one in %.1f is sampled", got)
	}
}

// Slow events are all sampled.
func TestSlowEventsAreAllSampled(t *testing.T) {
	s := stripe.New(stripe.Config{Rate: -1, Clock: true})
	slot, now := s.Pick(), int64(1)
	for i := range 1000 {
		now += stripe.Tick
		if slot.Count.Load() < slot.Next.Load() {
			t.Fatalf("event %d is not sampled", i)
		}
		slot.Count.Add(1)
		if w := s.Sampled(slot, now); w != 1 {
			t.Fatalf("event %d stands for %d", i, w)
		}
	}
}

// Loads with a period of their own are not sampled in phase: the estimated
// share of every n-th event is 1/n.
func TestNoAliasing(t *testing.T) {
	for _, rate := range []float64{-1, 0.01, 1.0 / 64} {
		for _, period := range []int{2, 3, 64, 65, 128} {
			s := stripe.New(stripe.Config{Rate: rate})
			slot, now := s.Pick(), int64(1)
			var special, all, samples float64
			for i := range 1_000_000 {
				now += 100
				sampled := slot.Count.Load() >= slot.Next.Load()
				slot.Count.Add(1)
				if !sampled {
					continue
				}
				w := float64(s.Sampled(slot, now))
				all += w
				samples++
				if i%period == 0 {
					special += w
				}
			}
			got, want := special/all, 1/float64(period)
			// Five standard deviations of a random sample whose weights are
			// uniformly distributed.
			tolerance := 5 * math.Sqrt(4.0/3*float64(period)/samples)
			if math.Abs(got/want-1) > tolerance {
				t.Errorf("rate %v, period %d: estimated share %.5f, should be %.5f to %.1f %%",
					rate, period, got, want, 100*tolerance)
			}
		}
	}
}
