package backendtest

import (
	"time"

	"github.com/cachier-go/cachier/backend"
)

// lossChecks are the ways in which a lease ends, each followed by everything
// that the one who held it might still try.
var lossChecks = []check{
	loss("after commit", "A lease stores once.",
		func(s *session, l backend.Lease) { s.must("Commit", l.Commit(s.ctx(), text("result"))) }),
	loss("after release", "Who released a lease has nothing to store under it.",
		func(s *session, l backend.Lease) { s.must("Release", l.Release(s.ctx())) }),
	loss("after set", "A value that was put is newer than what was being computed: Set breaks the lease, or the computation would overwrite it.",
		func(s *session, _ backend.Lease) { s.set("a/k", "put") }),
	loss("after set elsewhere", "Set breaks the lease from every process.",
		func(s *session, _ backend.Lease) { s.must("Set", s.other.Set(s.ctx(), "a/k", text("put"))) }),
	loss("after delete", "What was deleted must not come back by a computation that began before: Delete breaks the lease, also where nothing was stored.",
		func(s *session, _ backend.Lease) { s.delete("a/k") }),
	loss("after delete elsewhere", "Delete breaks the lease from every process.",
		func(s *session, _ backend.Lease) { s.must("Delete", s.other.Delete(s.ctx(), "a/k")) }),
	loss("after clear", "What was cleared must not come back by a computation that began before: Clear breaks the leases under its prefix.",
		func(s *session, _ backend.Lease) { s.must("Clear", backend.Clear(s.ctx(), s.other, "a/")) }),
	loss("after clear of all", "Clear of everything breaks every lease.",
		func(s *session, _ backend.Lease) { s.must("Clear", backend.Clear(s.ctx(), s.b, "")) }),
	loss("after break", "BreakLocks frees what dead processes hold; one that isn't dead after all stores nothing.",
		func(s *session, _ backend.Lease) {
			n, err := backend.BreakLocks(s.ctx(), s.other, "a/")
			s.must("BreakLocks", err)
			if n != 1 {
				s.Errorf("BreakLocks counts %d, want 1", n)
			}
		}),
	loss("after its time", "Once a lease has run out its holder can't store, also if nobody else has taken it: a Delete meanwhile had nothing to break.",
		func(s *session, l backend.Lease) {
			s.must("Extend", l.Extend(s.ctx(), time.Millisecond))
			time.Sleep(100*time.Millisecond + s.h.ClockError)
		}),
	loss("after take-over", "Who was taken over stores nothing, also once the other one is done.",
		func(s *session, _ backend.Lease) {
			second, err := backend.TakeOver(s.ctx(), s.other, "a/k", s.held("a/k"), long)
			s.must("TakeOver", err)
			s.must("Release", second.Release(s.ctx()))
		}),
}

// loss makes the case that a lease ends in some way.
func loss(name, why string, end func(s *session, l backend.Lease)) check {
	return check{name: name, why: why, locks: true, run: func(s *session) {
		s.set("a/k", "old")
		s.loseBy(end)
		s.must("Delete", s.b.Delete(s.ctx(), "a/k"))
		s.loseBy(end) // the same without an old entry
	}}
}

func (s *session) loseBy(end func(s *session, l backend.Lease)) {
	s.Helper()
	l := s.lock("a/k", long)
	aside := s.lock("b/k", long)
	s.held("a/k")
	end(s, l)
	s.lost("a/k", l)

	// It may not end another one's lease either.
	next := s.lock("a/k", long)
	h := s.held("a/k")
	s.lost("a/k", l)
	if again := s.held("a/k"); !s.sameHolder(again, h) {
		s.Errorf("a lost lease changed the next one from %+v to %+v", h, again)
	}
	s.must("Commit", next.Commit(s.ctx(), text("next")))
	s.holds("a/k", "next")
	_ = aside.Release(s.ctx())
}
