package metrics_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// After a restart a window goes on where the one before ended; what has been
// counted since the start does not.
func TestRemember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := func(r *metrics.Recorder, n int) {
			for range n {
				r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
			}
		}
		before := metrics.NewRegistry()
		old := newRecorder("f", metrics.RecorderOptions{})
		if err := before.Register(old); err != nil {
			t.Fatal(err)
		}
		var spans []metrics.Snapshot
		last := old.Snapshot()
		for range 30 { // an hour each
			call(old, 10)
			time.Sleep(time.Hour)
			now := old.Snapshot()
			spans = append(spans, now.Minus(last))
			last = now
		}
		stopped := time.Now()
		time.Sleep(time.Minute)

		after := metrics.NewRegistry()
		after.Remember(spans)
		r := newRecorder("f", metrics.RecorderOptions{})
		second, other := newRecorder("f", metrics.RecorderOptions{}), newRecorder("g", metrics.RecorderOptions{})
		for _, r := range []*metrics.Recorder{r, second, other} {
			if err := after.Register(r); err != nil {
				t.Fatal(err)
			}
		}
		call(r, 1)
		call(second, 2)
		time.Sleep(time.Second)
		expect := func(what string, s metrics.Snapshot, want uint64) {
			t.Helper()
			if s.Calls() != want {
				t.Errorf("%s: %d calls, want %d", what, s.Calls(), want)
			}
		}
		window := func(d time.Duration) metrics.Snapshot {
			for s := range after.Windows(d) {
				if s.Name == "f" {
					return s
				}
			}
			return metrics.Snapshot{}
		}
		day := window(24 * time.Hour)
		expect("a day", day, 3+24*10)
		if from := time.Since(day.From); from < 23*time.Hour || from > 25*time.Hour {
			t.Errorf("the day began %v ago", from)
		}
		expect("more than a day", window(48*time.Hour), 3+24*10)
		expect("two hours and a half", window(150*time.Minute), 3+2*10)
		expect("since the start", window(30*time.Second), 3)
		expect("another function", other.Window(24*time.Hour), 0)
		expect("a snapshot", r.Snapshot(), 1)
		expect("the total", after.Total(), 3)
		if from := window(30 * time.Second).From; from.Before(stopped) {
			t.Errorf("a window since the start goes back to %v", from)
		}
		after.Retire(r)
		expect("a day when the first is retired", window(24*time.Hour), 2+24*10)

		// What is remembered may come later than the function.
		late := metrics.NewRegistry()
		r = newRecorder("f", metrics.RecorderOptions{})
		if err := late.Register(r); err != nil {
			t.Fatal(err)
		}
		late.Remember(spans[:29])
		late.Remember(spans[29:])
		expect("remembered late", r.Window(24*time.Hour), 24*10)
	})
}
