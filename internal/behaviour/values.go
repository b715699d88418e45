package behaviour

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

var errDown = errors.New("down")

func equalArguments(s *session) {
	f, _ := s.fn("f")
	g, _ := s.fn("g")
	for range 3 {
		s.is(f, "a", "a#1")
		s.is(f, "b", "b#1")
		s.is(g, "a", "a#1")
	}
	runs := 0
	maps := wrap(s, "maps", func(context.Context, map[string]int) (int, error) { runs++; return runs, nil })
	for range 20 { // maps are ranged over in another order each time
		m := map[string]int{}
		for i := range 50 {
			m[fmt.Sprint(i)] = i
		}
		if v, err := maps.Call(s.Context(), m); v != 1 || err != nil {
			s.Fatal(v, err)
		}
	}
}

func put(s *session) {
	f, o := s.fn("f")
	s.must(f.Put(s.Context(), "a", "put"))
	s.is(f, "a", "put")
	if v, ok, err := f.Peek(s.Context(), "a"); v != "put" || !ok || err != nil {
		s.Error(v, ok, err)
	}
	s.must(f.Delete(s.Context(), "a"))
	s.is(f, "a", "a#1")
	if o.ran("a") != 1 {
		s.Error("it ran", o.ran("a"), "times")
	}
}

func clear(s *session) {
	f, _ := s.fn("f")
	g, _ := s.fn("ff")
	for _, key := range []string{"a", "b"} {
		s.is(f, key, key+"#1")
		s.is(g, key, key+"#1")
	}
	s.must(f.Clear(s.Context()))
	for _, key := range []string{"a", "b"} {
		s.is(f, key, key+"#2")
		s.is(g, key, key+"#1")
	}
}

func failure(s *session) {
	f, o := s.fn("f")
	release := make(chan struct{})
	o.set(func(int) error { <-release; return errDown })
	var calls sync.WaitGroup
	for range 5 {
		calls.Go(func() {
			if _, err := f.Call(s.Context(), "a"); err != errDown {
				s.Error(err)
			}
		})
	}
	s.until("all wait", func() bool { return f.Metrics().Snapshot().Waiters() == 4 })
	close(release)
	calls.Wait()
	o.set(nil)
	s.is(f, "a", "a#2")
	s.is(f, "a", "a#2")
}

func panics(s *session) {
	f, o := s.fn("f")
	o.set(func(int) error { panic("boom") })
	func() {
		defer func() {
			if p := recover(); fmt.Sprint(p) != "boom" {
				s.Error("recovered", p)
			}
		}()
		_, _ = f.Call(s.Context(), "a")
	}()
	o.set(nil)
	s.is(f, "a", "a#2")
}

func nils(s *session) {
	runs := 0
	none := func(context.Context, string) ([]string, error) { runs++; return nil, nil }
	stored, refused := wrap(s, "stored", none), wrap(s, "refused", none, cachier.WithoutNil())
	for range 2 {
		if v, err := stored.Call(s.Context(), "a"); v != nil || err != nil {
			s.Error(v, err)
		}
	}
	if runs != 1 {
		s.Error("a nil result was computed", runs, "times")
	}
	for range 2 {
		if v, err := refused.Call(s.Context(), "a"); v != nil || err != nil {
			s.Error(v, err)
		}
	}
	if runs != 3 || refused.Metrics().Snapshot().Rejections(metrics.RejectNil) != 2 {
		s.Error("a refused nil result was stored")
	}
}

func tooLarge(s *session) {
	big := strings.Repeat("x", 10_000)
	runs := 0
	f := wrap(s, "f", func(context.Context, string) (string, error) { runs++; return big, nil }, cachier.WithEntrySizeLimit(5000))
	for range 2 {
		s.is(f, "a", big)
	}
	snap := f.Metrics().Snapshot()
	if runs != 2 || snap.Rejections(metrics.RejectSizeLimit) != 2 || snap.RejectedSize().Sum() < 2*10_000 {
		s.Errorf("%d runs, %d rejections, %v bytes", runs, snap.Rejections(metrics.RejectSizeLimit), snap.RejectedSize().Sum())
	}
}

func disabled(s *session) {
	f, _ := s.fn("f")
	s.is(f, "a", "a#1")
	cachier.Disable()
	defer cachier.Enable()
	s.is(f, "a", "a#2")
	s.is(f, "a", "a#3")
	s.must(f.Put(s.Context(), "b", "put")) // this still works
	cachier.Enable()
	s.is(f, "a", "a#1")
	s.is(f, "b", "put")
	if v, err := f.Call(cachier.Bypass(s.Context()), "a"); v != "a#4" || err != nil {
		s.Error(v, err)
	}
}

func processes(s *session) {
	if s.store == nil {
		return // nothing outlives a Func in memory
	}
	var all [3]*cachier.Func[string, string]
	for i := range all {
		all[i], _ = s.fn("f")
	}
	var work sync.WaitGroup
	for i, f := range all { // also while all write
		work.Go(func() {
			for n := range 50 {
				key := fmt.Sprint(n % 10)
				if v, err := f.Call(s.Context(), key); !strings.HasPrefix(v, key+"#") || err != nil {
					s.Error(v, err)
				}
				s.must(f.Put(s.Context(), key, fmt.Sprint(key, "#by ", i)))
			}
		})
	}
	work.Wait()
	for n := range 10 {
		want, err := all[0].Call(s.Context(), fmt.Sprint(n))
		s.must(err)
		for _, f := range all {
			s.is(f, fmt.Sprint(n), want)
		}
	}
	s.must(all[0].Close(s.Context()))
	again, o := s.fn("f")
	if _, err := again.Call(s.Context(), "3"); err != nil || o.ran("3") > 0 {
		s.Error("it was computed again after a restart:", err)
	}
}

func sampled(s *session) {
	for _, rate := range []float64{0, 0.5, 1} {
		f, _ := s.fn(fmt.Sprint("f", rate), cachier.WithSampling(rate))
		s.is(f, "a", "a#1")
		before := f.Metrics().Snapshot()
		var calls sync.WaitGroup
		for range 4 {
			calls.Go(func() {
				for range 50 {
					s.is(f, "a", "a#1")
				}
			})
		}
		calls.Wait()
		after := f.Metrics().Snapshot()
		if after.Requests(metrics.Hit) != 200 || after.Requests(metrics.Miss) != 1 || after.Computations() != 1 {
			s.Errorf("rate %v: %d hits, %d misses", rate, after.Requests(metrics.Hit), after.Requests(metrics.Miss))
		}
		if before.Requests(metrics.Hit) != 0 || after.Minus(before).Requests(metrics.Miss) != 0 {
			s.Error("a snapshot is no value")
		}
	}
	for _, rate := range []float64{-0.1, 1.1} {
		if _, err := cachier.New("f", func(context.Context, int) (int, error) { return 0, nil }, cachier.WithSampling(rate)); err == nil {
			s.Error("a rate of", rate, "is taken")
		}
	}
	f, _ := s.fn("without", cachier.WithoutMetrics())
	s.is(f, "a", "a#1")
	if f.Metrics().Snapshot().Calls() != 0 {
		s.Error("counted WithoutMetrics")
	}
}
