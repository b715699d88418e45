package membackend_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// lock takes the lease on "k" for a minute.
func lock(t *testing.T, s *membackend.Store) backend.Lease {
	t.Helper()
	l, err := s.Lock(t.Context(), "k", time.Minute)
	must(t, err)
	return l
}

// held fails the test unless somebody holds "k", and returns who.
func held(t *testing.T, s *membackend.Store) backend.Holder {
	t.Helper()
	_, err := s.Lock(t.Context(), "k", time.Minute)
	h, ok := errors.AsType[*backend.HeldError](err)
	if !ok || !errors.Is(err, backend.ErrHeld) {
		t.Fatalf("the lease is not held: %v", err)
	}
	return h.Holder
}

// lost fails the test unless the lease has ended: it must store nothing.
func lost(t *testing.T, s *membackend.Store, l backend.Lease) {
	t.Helper()
	before, _ := s.Get(t.Context(), "k")
	want(t, l.Commit(t.Context(), value("too late")), backend.ErrLeaseLost)
	want(t, l.Fail(t.Context()), backend.ErrLeaseLost)
	want(t, l.Extend(t.Context(), time.Minute), backend.ErrLeaseLost)
	must(t, l.Release(t.Context()))
	holds(t, s, "k", string(before.Value))
}

func TestALeaseEnds(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, s *membackend.Store, l backend.Lease){
		"commit":  func(t *testing.T, _ *membackend.Store, l backend.Lease) { must(t, l.Commit(t.Context(), value("v"))) },
		"release": func(t *testing.T, _ *membackend.Store, l backend.Lease) { must(t, l.Release(t.Context())) },
		"time":    func(*testing.T, *membackend.Store, backend.Lease) { time.Sleep(time.Minute) },
		"set":     func(t *testing.T, s *membackend.Store, _ backend.Lease) { must(t, s.Set(t.Context(), "k", value("v"))) },
		"delete":  func(t *testing.T, s *membackend.Store, _ backend.Lease) { must(t, s.Delete(t.Context(), "k")) },
		"clear":   func(t *testing.T, s *membackend.Store, _ backend.Lease) { must(t, s.Clear(t.Context(), "")) },
		"break": func(t *testing.T, s *membackend.Store, _ backend.Lease) {
			n, err := s.BreakLocks(t.Context(), "k")
			must(t, err)
			if n != 1 {
				t.Errorf("broke %d leases, want 1", n)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := membackend.New()
				l := lock(t, s)
				held(t, s)
				end(t, s, l)
				lost(t, s, l)
				next := lock(t, s)
				lost(t, s, l) // nor may it end another one's
				must(t, next.Commit(t.Context(), value("next")))
				holds(t, s, "k", "next")
			})
		})
	}
}

func TestALeaseIsExtended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := membackend.New()
		l := lock(t, s)
		for range 3 {
			time.Sleep(time.Minute - 1)
			must(t, l.Extend(t.Context(), time.Minute))
		}
		h := held(t, s)
		if !h.Expires.Equal(time.Now().Add(time.Minute)) || !h.Since.Equal(time.Now().Add(3-3*time.Minute)) || h.TakenOver {
			t.Errorf("held by %+v", h)
		}
		must(t, l.Commit(t.Context(), value("v")))
		holds(t, s, "k", "v")
	})
}

func TestNothingElseIsLocked(t *testing.T) {
	s := membackend.New()
	lock(t, s)
	_, err := s.Lock(t.Context(), "kk", time.Minute)
	must(t, err)
	for info, err := range s.List(t.Context(), "") {
		t.Errorf("a lease is listed: %+v, %v", info, err)
	}
	if _, err := s.Lock(t.Context(), "x", 0); err == nil {
		t.Error("a lease of no time is granted")
	}
}

// Of all who waited long enough, one takes over, once.
func TestTakeOver(t *testing.T) {
	s := membackend.New()
	slow := lock(t, s)
	seen := held(t, s)
	over, err := s.TakeOver(t.Context(), "k", seen, time.Minute)
	must(t, err)
	_, err = s.TakeOver(t.Context(), "k", seen, time.Minute)
	want(t, err, backend.ErrHeld)
	again := held(t, s)
	if !again.TakenOver || again.Token == seen.Token {
		t.Errorf("held by %+v, before by %+v", again, seen)
	}
	_, err = s.TakeOver(t.Context(), "k", again, time.Minute)
	want(t, err, backend.ErrHeld)
	lost(t, s, slow)
	must(t, over.Commit(t.Context(), value("second")))
	holds(t, s, "k", "second")

	// Once it is free, taking over is locking.
	l, err := s.TakeOver(t.Context(), "k", again, time.Minute)
	must(t, err)
	if held(t, s).TakenOver {
		t.Error("a lease of its own counts as taken over")
	}
	must(t, l.Release(t.Context()))
}

// After a failure the others compute at once, side by side.
func TestFailureMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := membackend.New()
		must(t, lock(t, s).Fail(t.Context()))
		time.Sleep(backend.FailureMark - 1)
		a, b, c := lock(t, s), lock(t, s), lock(t, s)
		must(t, c.Release(t.Context())) // ends nothing for the others
		time.Sleep(time.Nanosecond)

		// The mark has aged: the next one computes alone, if anyone asks.
		time.Sleep(10 * time.Second)
		must(t, b.Commit(t.Context(), value("b")))
		lost(t, s, a)
		holds(t, s, "k", "b")
	})
}

func TestFailureMarkAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := membackend.New()
		must(t, lock(t, s).Fail(t.Context()))
		shared := lock(t, s)
		time.Sleep(backend.FailureMark)
		alone := lock(t, s)
		held(t, s)
		lost(t, s, shared)
		must(t, alone.Fail(t.Context()))

		// Another failure makes the mark young again.
		first, second := lock(t, s), lock(t, s)
		time.Sleep(backend.FailureMark / 2)
		must(t, first.Fail(t.Context()))
		time.Sleep(backend.FailureMark - 1)
		lock(t, s)
		lock(t, s)
		must(t, s.Delete(t.Context(), "k"))
		lost(t, s, second)
	})
}

func TestBreakLocksCountsWhatStood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := membackend.New()
		for _, key := range []string{"a1", "a2", "a3", "b"} {
			l, err := s.Lock(t.Context(), key, time.Hour)
			must(t, err)
			if key == "a2" {
				must(t, l.Fail(t.Context()))
			}
		}
		time.Sleep(2 * backend.FailureMark) // the mark of a2 is gone
		n, err := backend.BreakLocks(t.Context(), s, "a")
		must(t, err)
		if n != 2 {
			t.Errorf("broke %d leases, want a1 and a3", n)
		}
		_, err = s.Lock(t.Context(), "b", time.Hour)
		want(t, err, backend.ErrHeld)
	})
}
