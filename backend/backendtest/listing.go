package backendtest

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/backend"
)

var listingChecks = []check{
	{
		name: "infos",
		why:  "A listing says what is stored: the size of the value and the times, or that it doesn't know them.",
		run: func(s *session) {
			now := time.Now()
			e := backend.Entry{Value: make([]byte, 12345), Meta: make([]byte, 50), Created: now.Add(-time.Minute), Expires: now.Add(time.Hour)}
			s.must("Set", s.b.Set(s.ctx(), "k", e))
			s.must("Set", s.b.Set(s.ctx(), "forever", backend.Entry{Created: now}))
			found := s.keys("")
			if len(found) != 2 {
				s.Fatalf("List yields %v", found)
			}
			i := found["k"]
			slack := s.h.ClockError + time.Millisecond
			if i.Size != 12345 && i.Size != -1 {
				s.Errorf("Size is %d, want 12345", i.Size)
			}
			if !i.Created.IsZero() && i.Created.Sub(e.Created).Abs() > slack {
				s.Errorf("Created is %v, want %v", i.Created, e.Created)
			}
			if d := i.Expires.Sub(e.Expires); d < -s.h.ClockError || d > slack {
				s.Errorf("Expires is %v, want %v", i.Expires, e.Expires)
			}
			if f := found["forever"]; !f.Expires.IsZero() || f.Size > 0 {
				s.Errorf("what is empty and never expires is listed as %+v", f)
			}
		},
	},
	{
		name: "empty",
		why:  "Nothing stored is nothing listed, a size of nothing, and nothing to clear or clean up.",
		run: func(s *session) {
			for _, prefix := range []string{"", "a/"} {
				if found := s.keys(prefix); len(found) != 0 {
					s.Errorf("List of an empty store yields %v", found)
				}
				s.size(prefix, 0, 0)
				s.must("Clear", backend.Clear(s.ctx(), s.b, prefix))
				n, err := backend.Cleanup(s.ctx(), s.b, prefix)
				s.must("Cleanup", err)
				if n != 0 {
					s.Errorf("Cleanup of an empty store counts %d", n)
				}
			}
		},
	},
	{
		name: "sizes follow",
		why:  "Sizes follow what is put, replaced, deleted, cleared and cleaned up, in every process.",
		run: func(s *session) {
			put := func(b backend.Backend, key string, n int, expires time.Time) {
				s.must("Set", b.Set(s.ctx(), key, backend.Entry{Value: make([]byte, n), Created: time.Now(), Expires: expires}))
			}
			put(s.b, "a/1", 1000, time.Time{})
			s.size("a/", 1, 1000)
			put(s.b, "a/2", 500, time.Now().Add(-time.Minute))
			put(s.other, "a/3", 300, time.Time{})
			put(s.b, "b/1", 70, time.Time{})
			if _, err := backend.Cleanup(s.ctx(), s.b, ""); err != nil {
				s.Fatalf("Cleanup: %v", err)
			}
			s.size("a/", 2, 1300)
			s.size("", 3, 1370)
			put(s.other, "a/1", 10, time.Time{})
			s.size("a/", 2, 310)
			s.delete("a/3")
			s.delete("a/3")
			s.size("a/", 1, 10)
			if backend.CanLock(s.b) {
				s.must("Commit", s.lock("a/4", long).Commit(s.ctx(), backend.Entry{Value: make([]byte, 90)}))
			} else {
				put(s.b, "a/4", 90, time.Time{})
			}
			s.size("a/", 2, 100)
			s.must("Clear", backend.Clear(s.ctx(), s.other, "a/"))
			s.size("a/", 0, 0)
			s.size("", 1, 70)
		},
	},
	{
		name: "many",
		why:  "A listing, a size and a Clear reach everything, not only the first page.",
		run: func(s *session) {
			const n = 1203
			s.together(4, func(w int) {
				for i := w; i < n; i += 4 {
					if err := s.b.Set(s.ctx(), fmt.Sprintf("m/%d", i), text("v")); err != nil {
						s.Errorf("Set: %v", err)
						return
					}
				}
			})
			s.set("n", "stays")
			if got := len(s.keys("m/")); got != n {
				s.Errorf("List yields %d keys, want %d", got, n)
			}
			s.size("m/", n, n)
			s.must("Clear", backend.Clear(s.ctx(), s.b, "m/"))
			if got := len(s.keys("m/")); got != 0 {
				s.Errorf("after Clear, List yields %d keys", got)
			}
			s.holds("n", "stays")
		},
	},
	{
		name: "the loop's body",
		why:  "No lock is held while the body of the loop runs: it may call every method, and may stop at any time.",
		run: func(s *session) {
			for i := range 20 {
				s.set(fmt.Sprint(i), "v")
			}
			seq := s.b.List(s.ctx(), "")
			for range seq {
				break
			}
			n := 0
			for info, err := range seq { // each range lists anew
				s.must("List", err)
				n++
				_, err = s.b.Get(s.ctx(), info.Key)
				s.must("Get while listing", err)
				s.must("Set while listing", s.b.Set(s.ctx(), info.Key, text("w")))
				_, err = backend.Size(s.ctx(), s.b, "")
				s.must("Size while listing", err)
				for range s.b.List(s.ctx(), "") {
					break
				}
			}
			if n < 20 {
				s.Errorf("a second range yields %d of 20", n)
			}
			for info, err := range seq {
				s.must("List", err)
				s.must("Delete while listing", s.b.Delete(s.ctx(), info.Key))
			}
			if found := s.keys(""); len(found) != 0 {
				s.Errorf("%v were not listed, or not deleted", found)
			}
		},
	},
}

// size compares what Size says; a store may add an overhead for each entry.
func (s *session) size(prefix string, entries, bytes int64) {
	s.Helper()
	for _, b := range []backend.Backend{s.b, s.other} {
		u, err := backend.Size(s.ctx(), b, prefix)
		s.must("Size", err)
		if u.Entries != entries && u.Entries != -1 {
			s.Errorf("Size(%q) counts %d entries, want %d", prefix, u.Entries, entries)
		}
		if most := bytes + entries*8192; u.Bytes != -1 && (u.Bytes < bytes || u.Bytes > most) {
			s.Errorf("Size(%q) counts %d bytes, want %d to %d", prefix, u.Bytes, bytes, most)
		}
	}
}
