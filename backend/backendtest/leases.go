package backendtest

import (
	"errors"
	"time"

	"github.com/cachier-go/cachier/backend"
)

var leaseChecks = []check{
	{
		name: "one holder", locks: true,
		why: "One computes, the others learn who and since when: that is what a lease is for.",
		run: func(s *session) {
			before := time.Now()
			s.lock("k", long)
			after := time.Now()
			h := s.held("k")
			slack := s.h.ClockError + time.Millisecond
			switch {
			case h.Token == "":
				s.Error("the holder has no token")
			case h.TakenOver:
				s.Error("a lease made by Lock counts as taken over")
			case !h.Since.IsZero() && (h.Since.Before(before.Add(-slack)) || h.Since.After(after.Add(slack))):
				s.Errorf("held since %v, want between %v and %v", h.Since, before, after)
			case !h.Expires.IsZero() && (h.Expires.Before(before.Add(long-slack)) || h.Expires.After(after.Add(long+slack))):
				s.Errorf("held until %v, want an hour after %v", h.Expires, before)
			}
			if again := s.held("k"); !s.sameHolder(again, h) {
				s.Errorf("asking changed the holder from %+v to %+v", h, again)
			}
			for _, k := range []string{"K", "kk", "k/", "other"} {
				s.lock(k, long)
			}
		},
	},
	{
		name: "no time", locks: true,
		why: "A lease of no time is a mistake of the caller, not a lease that nobody can use.",
		run: func(s *session) {
			for _, ttl := range []time.Duration{0, -time.Second} {
				if _, err := backend.Lock(s.ctx(), s.b, "k", ttl); err == nil || errors.Is(err, backend.ErrHeld) {
					s.Errorf("Lock for %v: %v, want an error", ttl, err)
				}
			}
			s.lock("k", long)
		},
	},
	{
		name: "commit", locks: true,
		why: "Commit stores as Set does and ends the lease; whoever comes next finds the result and a free lease.",
		run: func(s *session) {
			s.set("k", "old")
			now := time.Now()
			e := backend.Entry{Value: []byte("new"), Meta: []byte("m"), Created: now, Expires: now.Add(long), Cost: time.Second}
			l := s.lock("k", long)
			s.holds("k", "old")
			s.must("Commit", l.Commit(s.ctx(), e))
			got, err := s.other.Get(s.ctx(), "k")
			s.must("Get", err)
			s.same(got, e)
			s.lost("k", l)
			s.must("Release", s.lock("k", long).Release(s.ctx()))
		},
	},
	{
		name: "locking changes no entry", locks: true,
		why: "A lease guards the computation, not the entry: while somebody computes, the old entry serves, and a lease is listed nowhere.",
		run: func(s *session) {
			s.set("k", "old")
			l := s.lock("k", long)
			s.lock("nothing stored", long)
			s.must("Fail", s.lock("failed", long).Fail(s.ctx()))
			s.holds("k", "old")
			s.absent("nothing stored")
			s.absent("failed")
			if found := s.keys(""); len(found) != 1 {
				s.Errorf("List yields %v, want k alone", found)
			}
			u, err := backend.Size(s.ctx(), s.b, "")
			s.must("Size", err)
			if u.Entries > 1 {
				s.Errorf("Size counts %d entries, want k alone", u.Entries)
			}
			s.must("Release", l.Release(s.ctx()))
			s.holds("k", "old")
		},
	},
	{
		name: "tokens", locks: true,
		why: "No two leases have the same token, or one that was lost could end another.",
		run: func(s *session) {
			seen := map[string]bool{}
			for range 20 {
				l := s.lock("k", long)
				h := s.held("k")
				if seen[h.Token] {
					s.Fatalf("the token %q came twice", h.Token)
				}
				seen[h.Token] = true
				s.must("Release", l.Release(s.ctx()))
			}
		},
	},
	{
		name: "running out", locks: true,
		why: "A lease lasts for its time and no longer, so that a dead process delays the others for a bounded time.",
		run: func(s *session) {
			const ttl = 400 * time.Millisecond
			start := time.Now()
			dead := s.lock("k", ttl)
			var next backend.Lease
			s.eventually("the lease runs out", func() bool {
				l, err := backend.Lock(s.ctx(), s.other, "k", long)
				if err == nil && time.Since(start) < ttl-s.h.ClockError {
					s.Fatalf("the lease of %v ran out within %v", ttl, time.Since(start))
				}
				if err != nil && !errors.Is(err, backend.ErrHeld) {
					s.Fatalf("Lock: %v", err)
				}
				next = l
				return err == nil
			})
			s.lost("k", dead)
			s.held("k")
			s.must("Commit", next.Commit(s.ctx(), text("next")))
			s.lost("k", dead)
			s.holds("k", "next")
		},
	},
	{
		name: "extend", locks: true,
		why: "A computation that takes longer than planned keeps its lease as long as it says so.",
		run: func(s *session) {
			const ttl = 300 * time.Millisecond
			l := s.lock("k", ttl)
			s.must("Extend", l.Extend(s.ctx(), long))
			time.Sleep(2 * ttl)
			h := s.held("k")
			if !h.Expires.IsZero() && time.Until(h.Expires) < long/2 {
				s.Errorf("after Extend by %v it is held until %v", long, h.Expires)
			}
			s.must("Commit", l.Commit(s.ctx(), text("v")))
			s.holds("k", "v")

			l = s.lock("k", long)
			s.must("Extend", l.Extend(s.ctx(), ttl)) // may be shorter, too
			s.eventually("the shortened lease runs out", func() bool {
				_, err := backend.Lock(s.ctx(), s.other, "k", long)
				return err == nil
			})
			s.lost("k", l)
		},
	},
	{
		name: "take over", locks: true,
		why: "Of all who waited long enough one computes in the holder's place, once, and the holder can't store any more: never a third.",
		run: func(s *session) {
			slow := s.lock("k", long)
			seen := s.held("k")
			second, err := backend.TakeOver(s.ctx(), s.other, "k", seen, long)
			s.must("TakeOver", err)
			s.refused("a second TakeOver of the same lease", "k", seen)
			again := s.held("k")
			if !again.TakenOver || again.Token == seen.Token {
				s.Errorf("after TakeOver it is held by %+v, before by %+v", again, seen)
			}
			s.refused("TakeOver of a lease that was taken over", "k", again)
			s.lost("k", slow)
			s.must("Commit", second.Commit(s.ctx(), text("second")))
			s.lost("k", slow)
			s.holds("k", "second")
		},
	},
	{
		name: "take over what is gone", locks: true,
		why: "Where there is no lease any more, TakeOver does what Lock does; where there is another, it leaves that alone.",
		run: func(s *session) {
			first := s.lock("k", long)
			seen := s.held("k")
			s.must("Release", first.Release(s.ctx()))
			l, err := backend.TakeOver(s.ctx(), s.b, "k", seen, long)
			s.must("TakeOver of a lease that was released", err)
			if s.held("k").TakenOver {
				s.Error("a lease on a free key counts as taken over")
			}
			s.refused("TakeOver with a holder of the past", "k", seen)
			s.must("Commit", l.Commit(s.ctx(), text("v")))

			l, err = backend.TakeOver(s.ctx(), s.b, "never locked", backend.Holder{}, long)
			s.must("TakeOver of what was never locked", err)
			s.refused("TakeOver by nobody's token", "never locked", backend.Holder{})
			s.must("Release", l.Release(s.ctx()))
		},
	},
}

// sameHolder says whether both describe one lease that hasn't changed.
func (s *session) sameHolder(a, b backend.Holder) bool {
	same := func(a, b time.Time) bool { return a.Sub(b).Abs() <= s.h.ClockError }
	return a.Token == b.Token && a.TakenOver == b.TakenOver && same(a.Since, b.Since) && same(a.Expires, b.Expires)
}

// refused fails the case unless TakeOver of the key with that holder is refused.
func (s *session) refused(what, key string, h backend.Holder) {
	s.Helper()
	_, err := backend.TakeOver(s.ctx(), s.b, key, h, long)
	s.want(what, err, backend.ErrHeld)
}
