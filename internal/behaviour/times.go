package behaviour

import (
	"strings"
	"sync"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// short is a TTL that is over soon, and long one that isn't.
const (
	short = 30 * time.Millisecond
	long  = time.Hour
)

// pass waits until what had a short TTL is out of date.
func pass() { time.Sleep(2 * short) }

func expired(s *session) {
	f, _ := s.fn("f", cachier.WithTTL(short))
	s.is(f, "a", "a#1")
	pass()
	s.is(f, "a", "a#2")
	g, _ := s.fn("g", cachier.WithTTL(long))
	s.is(g, "a", "a#1")
	pass()
	s.is(g, "a", "a#1")
}

func revalidated(s *session) {
	f, o := s.fn("f", cachier.WithTTL(short), cachier.WithStaleWhileRevalidate(long))
	s.is(f, "a", "a#1")
	pass()
	release := make(chan struct{})
	o.set(func(int) error { <-release; return nil })
	for range 5 {
		s.is(f, "a", "a#1")
	}
	s.until("it is computed", func() bool { return o.ran("a") == 2 })
	s.is(f, "a", "a#1")
	if n := o.ran("a"); n != 2 {
		s.Error("it ran", n, "times")
	}
	close(release)
	s.until("the new value is served", func() bool {
		v, _, err := f.Peek(s.Context(), "a")
		s.must(err)
		return v != "" || f.Metrics().Snapshot().ComputeBy(metrics.TriggerRevalidate, metrics.ResultOK).Count() == 1
	})
	if n := f.Metrics().Snapshot().RequestsReason(metrics.Stale, metrics.ReasonRevalidate); n != 6 {
		s.Error(n, "stale answers")
	}
}

func coalesced(s *session) {
	f, o := s.fn("f")
	release := make(chan struct{})
	o.set(func(int) error { <-release; return nil })
	var calls sync.WaitGroup
	for range 10 {
		calls.Go(func() { s.is(f, "a", "a#1") })
	}
	s.until("all wait", func() bool { return f.Metrics().Snapshot().Waiters() == 9 })
	close(release)
	calls.Wait()
	if n := f.Metrics().Snapshot().Requests(metrics.Coalesced); n != 9 || o.ran("a") != 1 {
		s.Error(n, "joined,", o.ran("a"), "runs")
	}
}

func waitedTooLong(s *session) {
	f, o := s.fn("f", cachier.WithWaitTimeout(short))
	release := make(chan struct{})
	o.set(func(int) error { <-release; return nil })
	var calls sync.WaitGroup
	call := func() { calls.Go(func() { _, err := f.Call(s.Context(), "a"); s.must(err) }) }
	call()
	s.until("it is computed", func() bool { return o.ran("a") == 1 }) // a slow store may take longer than the time-out
	for range 9 {
		call()
	}
	s.until("it is computed again, and the others wait", func() bool {
		snap := f.Metrics().Snapshot()
		return o.ran("a") == 2 && snap.InFlight() == 10 && snap.Waiters() == 8
	})
	close(release)
	calls.Wait()
	snap := f.Metrics().Snapshot()
	if o.ran("a") != 2 || snap.Misses(metrics.ReasonWaitTimeout) != 1 || snap.Requests(metrics.Coalesced) != 8 {
		s.Errorf("%d runs, %d took over, %d joined", o.ran("a"), snap.Misses(metrics.ReasonWaitTimeout), snap.Requests(metrics.Coalesced))
	}
	if n := snap.WaitsBy(metrics.ScopeProcess, metrics.ResultTimeout).Count(); n < 1 {
		s.Error("no time-out is counted")
	}
	s.is(f, "a", "a#2")
}

func released(s *session) {
	holder, o := s.fn("f")
	release := make(chan struct{})
	o.set(func(int) error { <-release; return nil })
	var calls sync.WaitGroup
	calls.Go(func() { _, err := holder.Call(s.Context(), "a"); s.must(err) })
	s.until("it is computed", func() bool { return o.ran("a") == 1 })
	other, _ := s.fn("f")
	s.must(other.ReleaseLocks(s.Context()))
	s.is(other, "a", "a#1") // in vain it would wait for what waits for it
	close(release)
	calls.Wait()
}

func maxAge(s *session) {
	f, _ := s.fn("f", cachier.WithTTL(long))
	s.is(f, "a", "a#1")
	s.is(f, "a", "a#1", cachier.MaxAge(long))
	s.is(f, "a", "a#2", cachier.MaxAge(-1))
	pass()
	s.is(f, "a", "a#3", cachier.MaxAge(short))
	s.is(f, "a", "a#3")
	g, _ := s.fn("g", cachier.WithTTL(short))
	s.is(g, "a", "a#1")
	pass()
	s.is(g, "a", "a#2", cachier.MaxAge(long)) // the TTL is stricter
}

func skipAndRefresh(s *session) {
	f, _ := s.fn("f")
	s.is(f, "a", "a#1")
	s.is(f, "a", "a#2", cachier.SkipCache())
	var why cachier.Explanation
	s.is(f, "a", "a#1", cachier.Explain(&why))
	if text := why.String(); !strings.Contains(text, "fresh") || !strings.Contains(text, "outcome: hit") {
		s.Error(text)
	}
	if v, err := f.Refresh(s.Context(), "a"); v != "a#3" || err != nil {
		s.Error(v, err)
	}
	s.is(f, "a", "a#3")
}

func cleanup(s *session) {
	f, _ := s.fn("f", cachier.WithTTL(short), cachier.WithTTLJitter(0))
	g, o := s.fn("g", cachier.WithTTL(short), cachier.WithStaleIfError(long))
	s.is(f, "a", "a#1")
	s.is(g, "a", "a#1")
	pass()
	over := 1
	if s.store != nil { // which may remove by itself what is over
		u, err := backend.Size(s.Context(), s.store, "")
		s.must(err)
		over = int(u.Entries) - 1
	}
	n, err := f.Cleanup(s.Context())
	s.must(err)
	m, err := g.Cleanup(s.Context())
	s.must(err)
	if n != over || m != 0 {
		s.Error("removed", n, "and", m)
	}
	o.set(func(int) error { return errDown })
	s.is(g, "a", "a#1")
}
