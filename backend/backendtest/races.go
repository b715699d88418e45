package backendtest

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/cachier-go/cachier/backend"
)

// rounds is how often each race is run: a race that is lost in a thousandth of
// the time is for the store's own tests.
const rounds = 40

var raceChecks = []check{
	{
		name: "one of many locks", locks: true,
		why: "Of all who lock at once, in all processes, one succeeds.",
		run: func(s *session) {
			for r := range rounds {
				key := fmt.Sprint(r)
				var won atomic.Int32
				s.together(8, func(i int) {
					_, err := backend.Lock(s.ctx(), s.either(i), key, long)
					if err == nil {
						won.Add(1)
					} else if !errors.Is(err, backend.ErrHeld) {
						s.Errorf("Lock: %v", err)
					}
				})
				if n := won.Load(); n != 1 {
					s.Fatalf("round %d: %d of 8 hold the lease", r, n)
				}
			}
		},
	},
	{
		name: "one of many takes over", locks: true,
		why: "Of all who take the same lease over at once, in all processes, one succeeds.",
		run: func(s *session) {
			for r := range rounds {
				key := fmt.Sprint(r)
				s.lock(key, long)
				h := s.held(key)
				var won atomic.Int32
				s.together(8, func(i int) {
					_, err := backend.TakeOver(s.ctx(), s.either(i), key, h, long)
					if err == nil {
						won.Add(1)
					} else if !errors.Is(err, backend.ErrHeld) {
						s.Errorf("TakeOver: %v", err)
					}
				})
				if n := won.Load(); n != 1 {
					s.Fatalf("round %d: %d of 8 took the lease over", r, n)
				}
			}
		},
	},
	{
		name: "commit against delete", locks: true,
		why: "Whichever comes first, after a Commit and a Delete at once there is nothing: either the Delete removes the result, or it has broken the lease.",
		run: func(s *session) {
			s.race("Delete", func(key string) error { return s.other.Delete(s.ctx(), key) })
		},
	},
	{
		name: "commit against clear", locks: true,
		why: "Whichever comes first, after a Commit and a Clear at once there is nothing: Clear breaks leases before it deletes.",
		run: func(s *session) {
			s.race("Clear", func(key string) error { return backend.Clear(s.ctx(), s.other, key) })
		},
	},
	{
		name: "commit against take-over", locks: true,
		why: "After a take-over the old holder's Commit stores nothing, also if both happen at once.",
		run: func(s *session) {
			for r := range rounds {
				key := fmt.Sprint(r)
				l := s.lock(key, long)
				h := s.held(key)
				s.together(2, func(i int) {
					if i == 0 {
						if err := l.Commit(s.ctx(), text("old")); err != nil && !errors.Is(err, backend.ErrLeaseLost) {
							s.Errorf("Commit: %v", err)
						}
						return
					}
					second, err := backend.TakeOver(s.ctx(), s.other, key, h, long)
					if err == nil {
						err = second.Commit(s.ctx(), text("new"))
					}
					if err != nil {
						s.Errorf("TakeOver and Commit: %v", err)
					}
				})
				s.holds(key, "new")
			}
		},
	},
	{
		name: "commit against set", locks: true,
		why: "A value that is put while another is being committed is there afterwards: it is the newer one, or it broke the lease.",
		run: func(s *session) {
			for r := range rounds {
				key := fmt.Sprint(r)
				l := s.lock(key, long)
				s.together(2, func(i int) {
					if i == 0 {
						if err := l.Commit(s.ctx(), text("computed")); err != nil && !errors.Is(err, backend.ErrLeaseLost) {
							s.Errorf("Commit: %v", err)
						}
					} else if err := s.other.Set(s.ctx(), key, text("put")); err != nil {
						s.Errorf("Set: %v", err)
					}
				})
				s.holds(key, "put")
			}
		},
	},
	{
		name: "one of many commits", locks: true,
		why: "Of all who share a failure mark one stores; the others' leases are lost then.",
		run: func(s *session) {
			ls := s.failed("k", 6)
			var stored, winner atomic.Int32
			s.together(len(ls), func(i int) {
				err := ls[i].Commit(s.ctx(), text(fmt.Sprint(i)))
				if err == nil {
					stored.Add(1)
					winner.Store(int32(i))
				} else if !errors.Is(err, backend.ErrLeaseLost) {
					s.Errorf("Commit: %v", err)
				}
			})
			n := stored.Load()
			if n != 1 {
				s.Fatalf("%d Commits succeeded, want 1", n)
			}
			s.holds("k", fmt.Sprint(winner.Load()))
		},
	},
}

// race runs a Commit and something that invalidates at once; both orders must
// leave nothing behind.
func (s *session) race(what string, invalidate func(key string) error) {
	s.Helper()
	for r := range rounds {
		key := fmt.Sprintf("r/%d", r)
		l := s.lock(key, long)
		s.together(2, func(i int) {
			if i == 0 {
				if err := l.Commit(s.ctx(), text("computed before")); err != nil && !errors.Is(err, backend.ErrLeaseLost) {
					s.Errorf("Commit: %v", err)
				}
			} else if err := invalidate(key); err != nil {
				s.Errorf("%s: %v", what, err)
			}
		})
		s.absent(key)
	}
}
