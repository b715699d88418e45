package backendtest

import (
	"errors"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// failed leaves a young failure mark on key and returns n leases that share it.
// The mark lasts only a second, so that a slow machine may need more attempts.
func (s *session) failed(key string, n int) []backend.Lease {
	s.Helper()
	var leases []backend.Lease
	s.eventually("sharing a failure mark", func() bool {
		leases = nil
		s.delete(key)
		start := time.Now()
		s.must("Fail", s.lock(key, long).Fail(s.ctx()))
		for i := range n {
			l, err := backend.Lock(s.ctx(), s.either(i), key, long)
			if err != nil {
				if time.Since(start) < backend.FailureMark-s.h.ClockError {
					s.Fatalf("Lock %d, %v after a failure: %v, want a shared lease", i, time.Since(start), err)
				}
				return false
			}
			leases = append(leases, l)
		}
		return time.Since(start) < backend.FailureMark-s.h.ClockError
	})
	return leases
}

var failureChecks = []check{
	{
		name: "side by side", locks: true,
		why: "After a failure nobody queues behind the next one: all who ask within a second compute at once, and the first to commit stores.",
		run: func(s *session) {
			ls := s.failed("k", 3)
			s.must("Commit", ls[1].Commit(s.ctx(), text("first")))
			s.lost("k", ls[0])
			s.lost("k", ls[2])
			s.holds("k", "first")
			s.must("Release", s.lock("k", long).Release(s.ctx()))
		},
	},
	{
		name: "the one that failed", locks: true,
		why: "Fail ends the lease; the token of the mark may be the same, but its Release must not take the mark from the others.",
		run: func(s *session) {
			s.eventually("looking at a young mark", func() bool {
				s.delete("k")
				start := time.Now()
				l := s.lock("k", long)
				s.must("Fail", l.Fail(s.ctx()))
				s.must("Release", l.Release(s.ctx()))
				a, errA := backend.Lock(s.ctx(), s.b, "k", long)
				b, errB := backend.Lock(s.ctx(), s.other, "k", long)
				if time.Since(start) >= backend.FailureMark-s.h.ClockError {
					return false
				}
				s.must("Lock after a failure", errA)
				s.must("a second Lock after a failure", errB)
				s.must("Release of a shared lease", a.Release(s.ctx()))
				s.must("Commit after another one's Release", b.Commit(s.ctx(), text("b")))
				return true
			})
			s.holds("k", "b")
		},
	},
	{
		name: "ageing", locks: true,
		why: "A failure is forgotten after a second: then one computes and the others wait again, and who shared the mark has lost it to the new lease.",
		run: func(s *session) {
			ls := s.failed("k", 1)
			var alone backend.Lease
			s.eventually("the mark ages", func() bool {
				time.Sleep(backend.FailureMark + s.h.ClockError)
				l, err := backend.Lock(s.ctx(), s.b, "k", long)
				s.must("Lock of an old mark", err)
				alone = l
				_, err = backend.Lock(s.ctx(), s.other, "k", long)
				return errors.Is(err, backend.ErrHeld)
			})
			s.lost("k", ls[0])
			s.must("Commit", alone.Commit(s.ctx(), text("alone")))
			s.holds("k", "alone")
		},
	},
	{
		name: "lasting", locks: true,
		why: "Who computes after a failure has the time of its own lease, not only the second of the mark.",
		run: func(s *session) {
			ls := s.failed("k", 2)
			time.Sleep(backend.FailureMark + s.h.ClockError + 100*time.Millisecond)
			s.must("Commit, after the mark's second", ls[1].Commit(s.ctx(), text("v")))
			s.holds("k", "v")
			s.lost("k", ls[0])
		},
	},
	{
		name: "failing again", locks: true,
		why: "Another failure makes the mark young again and costs the others nothing.",
		run: func(s *session) {
			ls := s.failed("k", 2)
			time.Sleep(backend.FailureMark * 3 / 5)
			start := time.Now()
			s.must("Fail of a shared lease", ls[0].Fail(s.ctx()))
			time.Sleep(backend.FailureMark * 3 / 5)
			_, errA := backend.Lock(s.ctx(), s.b, "k", long)
			_, errB := backend.Lock(s.ctx(), s.other, "k", long)
			if time.Since(start) < backend.FailureMark-s.h.ClockError {
				s.must("Lock after a second failure", errA)
				s.must("another Lock after a second failure", errB)
				s.must("Commit", ls[1].Commit(s.ctx(), text("v")))
				s.holds("k", "v")
			}
		},
	},
	{
		name: "invalidation", locks: true,
		why: "A Delete, Set, Clear or break ends all leases that share a mark, and the mark: none of them may store what was computed before.",
		run: func(s *session) {
			for name, end := range map[string]func(){
				"Delete":     func() { s.delete("k") },
				"Set":        func() { s.set("k", "put") },
				"Clear":      func() { s.must("Clear", backend.Clear(s.ctx(), s.other, "k")) },
				"BreakLocks": func() { s.broken("k", 1) },
			} {
				ls := s.failed("k", 2)
				end()
				s.lost("k", ls[0])
				s.lost("k", ls[1])
				next := s.lock("k", long)
				if _, err := backend.Lock(s.ctx(), s.other, "k", long); !errors.Is(err, backend.ErrHeld) {
					s.Errorf("after %s the failure mark still stands: %v", name, err)
				}
				s.must("Release", next.Release(s.ctx()))
			}
		},
	},
}

// broken breaks the locks under a prefix and compares their number.
func (s *session) broken(prefix string, want int) {
	s.Helper()
	n, err := backend.BreakLocks(s.ctx(), s.other, prefix)
	s.must("BreakLocks", err)
	if n != want {
		s.Errorf("BreakLocks counts %d, want %d", n, want)
	}
}
