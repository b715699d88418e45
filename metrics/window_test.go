package metrics_test

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// A day of random calls, with busy and idle times, is written down; whatever
// window is asked for, its counts must be exactly those of the span it says it
// covers, and that span must be near the one asked for.
func TestWindowsAgainstAnOracle(t *testing.T) {
	for name, sampling := range map[string]metrics.Sampling{
		"auto": {}, "never": must(metrics.SampleRate(0)), "auto, but nobody samples": {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var silent atomic.Uint64 // hits nobody is told of
				r := newRecorder("f", metrics.RecorderOptions{Sampling: sampling, Hits: silent.Load})
				rng := rand.New(rand.NewPCG(1, 2))
				start := time.Now()
				var hits, misses []time.Time
				for time.Since(start) < 26*time.Hour {
					switch rng.IntN(40) {
					case 0:
						time.Sleep(time.Duration(rng.Int64N(int64(20 * time.Minute))))
					case 1:
						time.Sleep(time.Duration(rng.Int64N(int64(3 * time.Minute))))
					default:
						time.Sleep(time.Duration(rng.Int64N(int64(time.Second))))
					}
					switch {
					case rng.IntN(4) == 0:
						misses = append(misses, time.Now())
						r.Record(metrics.Call{Outcome: metrics.Miss, Duration: logNormal(rng, time.Second)})
						r.Compute(metrics.Computation{Duration: logNormal(rng, time.Second)})
					default:
						hits = append(hits, time.Now())
						if name == "auto" {
							r.SampleHit(metrics.HitSample{Duration: logNormal(rng, time.Microsecond)})
						}
						silent.Add(1)
					}
					if rng.IntN(50) == 0 {
						time.Sleep(time.Nanosecond) // so that no hit is at the instant of the reading
						for _, d := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, time.Hour, 7 * time.Hour, 24 * time.Hour} {
							checkWindow(t, r, d, start, hits, misses, name == "auto")
						}
					}
				}
			})
		})
	}
}

func checkWindow(t *testing.T, r *metrics.Recorder, d time.Duration, start time.Time, hits, misses []time.Time, near bool) {
	t.Helper()
	w := r.Window(d)
	between := func(all []time.Time) (n uint64) {
		for i := len(all) - 1; i >= 0 && !all[i].Before(w.From); i-- {
			n++
		}
		return n
	}
	if !w.To.Equal(time.Now()) || w.From.After(w.To) || w.From.Before(start) {
		t.Fatalf("Window(%v) covers %v to %v", d, w.From, w.To)
	}
	if got, want := w.Requests(metrics.Miss), between(misses); got != want {
		t.Fatalf("Window(%v): %d misses since %v, want %d", d, got, w.To.Sub(w.From), want)
	}
	if got, want := w.Compute().Count(), between(misses); got != want {
		t.Fatalf("Window(%v): %d computations since %v, want %d", d, got, w.To.Sub(w.From), want)
	}
	if got, want := w.Requests(metrics.Hit), between(hits); got != want {
		t.Fatalf("Window(%v): %d hits since %v, want %d", d, got, w.To.Sub(w.From), want)
	}
	if !near {
		return
	}
	// Half a step off at the old end, or one step where the newest is open.
	step := time.Second
	if d > 2*time.Minute {
		step = time.Minute
	}
	if d > 2*time.Hour {
		step = 15 * time.Minute
	}
	ask := min(d, time.Since(start))
	if off := (w.To.Sub(w.From) - ask).Abs(); off > step+200*time.Millisecond {
		t.Fatalf("Window(%v) covers %v", d, w.To.Sub(w.From))
	}
}

func TestWindowOfNoLength(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	r.Record(metrics.Call{Outcome: metrics.Miss})
	for _, d := range []time.Duration{0, -time.Hour} {
		w := r.Window(d)
		if !w.From.Equal(w.To) || w.Calls() != 0 || !math.IsNaN(w.HitRatio()) || w.Name != "f" {
			t.Errorf("Window(%v) = %+v", d, w)
		}
	}
}

func TestWindowOfMoreThanADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder("f", metrics.RecorderOptions{})
		for range 72 {
			r.Record(metrics.Call{Outcome: metrics.Miss})
			time.Sleep(time.Hour)
		}
		if w := r.Window(1000 * time.Hour); w.To.Sub(w.From) != 24*time.Hour || w.Calls() != 24 {
			t.Errorf("%d calls in %v", w.Calls(), w.To.Sub(w.From))
		}
	})
}

func TestWindowOfAYoungRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder("f", metrics.RecorderOptions{})
		start := time.Now()
		r.Record(metrics.Call{Outcome: metrics.Miss})
		time.Sleep(300 * time.Millisecond)
		for _, d := range []time.Duration{time.Second, time.Hour, 24 * time.Hour} {
			if w := r.Window(d); w.Calls() != 1 || !w.From.Equal(start) || w.To.Sub(w.From) != 300*time.Millisecond {
				t.Errorf("Window(%v): %d calls in %v", d, w.Calls(), w.To.Sub(w.From))
			}
		}
	})
}

// What happened before an idle time isn't taken for part of it, also when
// nobody looked meanwhile.
func TestIdleTimeIsCovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder("f", metrics.RecorderOptions{})
		time.Sleep(1500 * time.Millisecond)
		r.Record(metrics.Call{Outcome: metrics.Miss})
		time.Sleep(time.Hour)
		if w := r.Window(time.Minute); w.Calls() != 0 || w.To.Sub(w.From) != time.Minute {
			t.Errorf("%d calls in %v", w.Calls(), w.To.Sub(w.From))
		}
		if w := r.Window(2 * time.Hour); w.Calls() != 1 {
			t.Errorf("%d calls in %v", w.Calls(), w.To.Sub(w.From))
		}
		time.Sleep(time.Hour)
		r.Record(metrics.Call{Outcome: metrics.Miss})
		if w := r.Window(time.Second); w.Calls() != 1 {
			t.Errorf("%d calls in %v", w.Calls(), w.To.Sub(w.From))
		}
	})
}

// A function that does a lot in every second keeps its windows within bounds:
// the past gets coarser, not wrong.
func TestBusyWindowsStayNear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder("f", metrics.RecorderOptions{})
		rng := rand.New(rand.NewPCG(1, 2))
		for range 40 * 60 {
			busySecond(r, rng)
			time.Sleep(time.Second)
		}
		for _, d := range []time.Duration{10 * time.Second, time.Minute, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute} {
			w := r.Window(d)
			span := w.To.Sub(w.From)
			if off := (span - d).Abs(); off > d/4+2*time.Second {
				t.Errorf("Window(%v) covers %v", d, span)
			}
			// Each second has the same calls, except those of the second cut at either end.
			perSecond := float64(w.Requests(metrics.Miss)) / span.Seconds()
			if math.Abs(perSecond-60) > 60/span.Seconds()+0.01 {
				t.Errorf("Window(%v): %v misses a second, want 60", d, perSecond)
			}
		}
	})
}

// A recorder of a program, used in a testing/synctest bubble, sees the clock
// jump there and back. Windows start over; nothing breaks.
func TestClockSetBack(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{})
	record := func() { r.Record(metrics.Call{Outcome: metrics.Miss}) }
	record()
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			for range 5 {
				record()
				time.Sleep(time.Minute)
			}
			if w := r.Window(time.Hour); w.From.After(w.To) || w.Calls() < 4 {
				t.Errorf("in the bubble: %d calls from %v to %v", w.Calls(), w.From, w.To)
			}
		})
		record()
		w := r.Window(time.Hour)
		if w.From.After(w.To) || w.To.Sub(w.From) > time.Hour+time.Minute {
			t.Errorf("outside: %d calls from %v to %v", w.Calls(), w.From, w.To)
		}
	}
	if got := r.Snapshot().Calls(); got != 19 {
		t.Errorf("%d calls counted, want 19", got)
	}
}

func TestWindowHasTheGaugesOfNow(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) { g.Tiers[metrics.TierLocal].Entries = 7 }})
	r.AddInFlight(2)
	for _, w := range []metrics.Snapshot{r.Window(0), r.Window(time.Hour)} {
		if w.Gauges().Tiers[metrics.TierLocal].Entries != 7 || w.InFlight() != 2 {
			t.Errorf("%+v, %d in flight", w.Gauges(), w.InFlight())
		}
	}
}
