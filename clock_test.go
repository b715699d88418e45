package cachier_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// timed is a Func whose values are the times at which they were made, so that
// whoever gets one can tell whether it was still fresh.
type timed struct {
	*cachier.Func[int, time.Time]
	ttl  time.Duration
	runs atomic.Int64
}

func newTimed(ttl time.Duration, opts ...cachier.Option) *timed {
	f := &timed{ttl: ttl}
	f.Func = cachier.Must(cachier.New("timed", func(context.Context, int) (time.Time, error) {
		f.runs.Add(1)
		return time.Now(), nil
	}, append(opts, cachier.WithTTL(ttl), cachier.WithRegistry(metrics.NewRegistry()))...))
	return f
}

// call gets the value of a key and fails if it was too old when asked for.
func (f *timed) call(t *testing.T, key int) {
	t.Helper()
	asked := time.Now()
	made, err := f.Call(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	if age := asked.Sub(made); age > f.ttl || age < -24*time.Hour {
		t.Errorf("got a value that is %v old, its TTL is %v", age, f.ttl)
	}
}

// live uses a Func as a program does whose time passes: in bursts, with pauses
// about as long as the TTL.
func (f *timed) live(t *testing.T, wait func(time.Duration)) {
	t.Helper()
	for _, pause := range []time.Duration{0, f.ttl - 1, 1, 1, f.ttl, f.ttl + 1, 3 * f.ttl} {
		wait(pause)
		for i := range 300 {
			f.call(t, i%3)
		}
	}
}

// clocks are set-ups whose hits, or whose background work, look at the clock.
var clocks = map[string]func() *timed{
	"plain":           func() *timed { return newTimed(time.Hour) },
	"short":           func() *timed { return newTimed(10 * time.Millisecond) },
	"exact":           func() *timed { return newTimed(time.Hour, cachier.WithExactClock()) },
	"without metrics": func() *timed { return newTimed(time.Hour, cachier.WithoutMetrics()) },
	"unsampled":       func() *timed { return newTimed(time.Hour, cachier.WithSampling(0)) },
	"rarely sampled":  func() *timed { return newTimed(time.Hour, cachier.WithSampling(0.001)) },
	"jitter":          func() *timed { return newTimed(time.Hour, cachier.WithTTLJitter(0.5)) },
	"own TTL": func() *timed {
		return newTimed(time.Hour, cachier.WithTTLFunc(func(k int, _ time.Time) time.Duration {
			return time.Duration(k) * time.Minute
		}))
	},
	"ahead": func() *timed { return newTimed(time.Hour, cachier.WithRefreshAhead(time.Minute)) },
	"bounded": func() *timed {
		return newTimed(time.Hour, cachier.WithComputeTimeout(time.Minute), cachier.WithWaitTimeout(time.Minute))
	},
	"turns":   func() *timed { return newTimed(time.Hour, cachier.WithMaxComputes(1)) },
	"cleanup": func() *timed { return newTimed(time.Hour, cachier.WithCleanup(time.Minute)) },
}

// quick waits outside of bubbles, where that is not for long.
func quick(d time.Duration) {
	if d < time.Second {
		time.Sleep(d)
	}
}

// A value is never served beyond its TTL, whichever clock goes: that of a
// bubble, that of the next one, or the real one. Nothing blocks, and nothing
// belongs to one bubble.
func TestBubbles(t *testing.T) {
	for name, make := range clocks {
		t.Run(name, func(t *testing.T) {
			t.Run("made inside", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := make()
					f.live(t, time.Sleep)
					if err := f.Close(context.Background()); err != nil {
						t.Error(err)
					}
				})
			})
			t.Run("made outside, used inside", func(t *testing.T) {
				f := make()
				synctest.Test(t, func(t *testing.T) { f.live(t, time.Sleep) })
				synctest.Test(t, func(t *testing.T) { f.live(t, time.Sleep) })
				f.live(t, quick)
			})
			t.Run("used outside, then inside", func(t *testing.T) {
				f := make()
				f.live(t, quick)
				synctest.Test(t, func(t *testing.T) { f.live(t, time.Sleep) })
				f.live(t, quick)
				if err := f.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			t.Run("made inside, used outside", func(t *testing.T) {
				var f *timed
				synctest.Test(t, func(t *testing.T) {
					f = make()
					f.live(t, time.Sleep)
				})
				f.live(t, quick)
				synctest.Test(t, func(t *testing.T) { f.live(t, time.Sleep) })
			})
		})
	}
}

// In a bubble a value is fresh up to the last nanosecond of its TTL, and not
// one longer.
func TestTTLIsExactInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTimed(time.Second)
		f.call(t, 1)
		for range 1000 {
			f.call(t, 1)
		}
		time.Sleep(time.Second)
		f.call(t, 1)
		if n := f.runs.Load(); n != 1 {
			t.Errorf("computed %d times within the TTL", n)
		}
		time.Sleep(time.Nanosecond)
		f.call(t, 1)
		if n := f.runs.Load(); n != 2 {
			t.Errorf("computed %d times when the TTL was over", n)
		}
	})
}

// A test binary that is to run benchmarks reuses readings of the clock as other
// programs do, and its bubbles must hold too.
func TestBubblesBesideBenchmarks(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^(TestBubbles|TestTTLIsExactInABubble)$", "-test.bench=^$", "-test.count=1", "-test.v")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestBubbles ") {
		t.Errorf("%v\n%s", err, out)
	}
}
