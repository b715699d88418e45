package backendtest

import (
	"time"

	"github.com/cachier-go/cachier/backend"
)

var expiryChecks = []check{
	{
		name: "never before",
		why:  "What was stored must be returned until its Expires: freshness and stale windows are judged above, and a store that drops early takes them away.",
		run: func(s *session) {
			expires := time.Now().Add(700*time.Millisecond + 300*time.Microsecond)
			s.must("Set", s.b.Set(s.ctx(), "k", backend.Entry{Value: []byte("v"), Created: time.Now(), Expires: expires}))
			for {
				_, err := s.other.Get(s.ctx(), "k")
				if now := time.Now(); !now.Before(expires.Add(-s.h.ClockError)) {
					return // only what was seen before tells anything
				} else if err != nil {
					s.Fatalf("gone %v before Expires: %v", expires.Sub(now), err)
				}
				time.Sleep(5 * time.Millisecond)
			}
		},
	},
	{
		name: "never",
		why:  "Without Expires an entry never expires, however old it is.",
		run: func(s *session) {
			s.must("Set", s.b.Set(s.ctx(), "old", backend.Entry{Value: []byte("v"), Created: time.Now().AddDate(-30, 0, 0)}))
			s.must("Set", s.b.Set(s.ctx(), "ageless", backend.Entry{Value: []byte("v")}))
			_, err := backend.Cleanup(s.ctx(), s.b, "")
			s.must("Cleanup", err)
			s.holds("old", "v")
			s.holds("ageless", "v")
		},
	},
	{
		name: "replaced",
		why:  "The end of the old entry isn't that of the new one.",
		run: func(s *session) {
			soon := backend.Entry{Value: []byte("old"), Created: time.Now(), Expires: time.Now().Add(50 * time.Millisecond)}
			for _, k := range []string{"k", "later", "leased"} {
				s.must("Set", s.b.Set(s.ctx(), k, soon))
			}
			s.set("k", "new")
			s.must("Set", s.b.Set(s.ctx(), "later", backend.Entry{Value: []byte("new"), Created: time.Now(), Expires: time.Now().Add(long)}))
			if backend.CanLock(s.b) {
				s.must("Commit", s.lock("leased", long).Commit(s.ctx(), text("new")))
			} else {
				s.set("leased", "new")
			}
			time.Sleep(200 * time.Millisecond)
			_, err := backend.Cleanup(s.ctx(), s.b, "")
			s.must("Cleanup", err)
			for _, k := range []string{"k", "later", "leased"} {
				s.holds(k, "new")
			}
		},
	},
	{
		name: "clean-up",
		why:  "Cleanup removes what is past its Expires and nothing else; it breaks no lease on what it leaves.",
		run: func(s *session) {
			now := time.Now()
			for k, expires := range map[string]time.Time{
				"a/past": now.Add(50 * time.Millisecond), "a/long past": now.Add(-time.Hour), "a/ahead": now.Add(long), "a/never": {},
			} {
				s.must("Set", s.b.Set(s.ctx(), k, backend.Entry{Value: []byte("v"), Created: now.Add(-2 * time.Hour), Expires: expires}))
			}
			s.lockIfPossible("a/ahead")
			s.lockIfPossible("a/nothing there")
			time.Sleep(200*time.Millisecond + 2*s.h.ClockError)
			n, err := backend.Cleanup(s.ctx(), s.b, "a/")
			s.must("Cleanup", err)
			if n > 2 {
				s.Errorf("Cleanup counts %d, want at most the two that were past their Expires", n)
			}
			listed := s.keys("a/")
			if len(listed) != 2 {
				s.Errorf("after Cleanup there is %v", listed)
			}
			s.absent("a/past")
			s.absent("a/long past")
			s.holds("a/ahead", "v")
			s.holds("a/never", "v")
			if backend.CanLock(s.b) {
				s.held("a/ahead")
				s.held("a/nothing there")
			}
		},
	},
	{
		name: "clean-up counts",
		why:  "What Cleanup counts is what it removed, so that it can be shown.",
		run: func(s *session) {
			for _, k := range []string{"1", "2", "3"} {
				s.must("Set", s.b.Set(s.ctx(), k, backend.Entry{Value: []byte("v"), Created: time.Now(), Expires: time.Now().Add(long)}))
			}
			n, err := backend.Cleanup(s.ctx(), s.b, "")
			s.must("Cleanup", err)
			if n != 0 {
				s.Errorf("Cleanup counts %d where nothing has expired", n)
			}
			if len(s.keys("")) != 3 {
				s.Error("Cleanup removed what had not expired")
			}
		},
	},
}
