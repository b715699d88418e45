package backendtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// watcher collects what one watch tells.
type watcher struct {
	s    *session
	done chan struct{} // closed when the watch has ended; publishes end
	end  error
	stop context.CancelFunc

	mu     sync.Mutex // protects events
	events []backend.Event
}

// watch starts a watch and returns once it stands.
func (s *session) watch(b backend.Backend, prefix string) *watcher {
	s.Helper()
	ctx, stop := context.WithCancel(s.ctx())
	w := &watcher{s: s, done: make(chan struct{}), stop: stop}
	go func() {
		defer close(w.done)
		for ev, err := range backend.Watch(ctx, b, prefix) {
			if err != nil {
				w.end = err
				return
			}
			w.mu.Lock()
			w.events = append(w.events, ev)
			w.mu.Unlock()
		}
	}()
	s.Cleanup(func() {
		stop()
		<-w.done
	})
	s.eventually("the watch stands", func() bool { return len(w.seen()) > 0 })
	if first := w.seen()[0]; first.Kind != backend.EventGap {
		s.Errorf("the first event is %v, want a gap", first)
	}
	return w
}

func (w *watcher) seen() []backend.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

// tells fails the case unless the event, or a gap instead of it, comes after the
// first n; it returns how many there are then.
func (w *watcher) tells(n int, want backend.Event) int {
	w.s.Helper()
	seen := 0
	w.s.eventually(fmt.Sprintf("being told %v %q", want.Kind, want.Key), func() bool {
		events := w.seen()
		seen = len(events)
		return slices.ContainsFunc(events[n:], func(ev backend.Event) bool { return ev == want || ev.Kind == backend.EventGap })
	})
	return seen
}

// wait returns the error with which the watch ends.
func (w *watcher) wait() error {
	w.s.Helper()
	select {
	case <-w.done:
	case <-time.After(patience):
		w.s.Fatalf("the watch didn't end within %v", patience)
	}
	return w.end
}

var watchChecks = []check{
	{
		name: "what happens", watches: true,
		why: "Those who wait or keep a copy learn what becomes of a key, from whichever process.",
		run: func(s *session) {
			for _, b := range []backend.Backend{s.b, s.other} {
				w := s.watch(b, "a/")
				n := len(w.seen())
				s.set("a/1", "v")
				n = w.tells(n, backend.Event{Kind: backend.EventStored, Key: "a/1"})
				s.must("Set", s.other.Set(s.ctx(), "a/2", text("v")))
				n = w.tells(n, backend.Event{Kind: backend.EventStored, Key: "a/2"})
				s.delete("a/1")
				n = w.tells(n, backend.Event{Kind: backend.EventDeleted, Key: "a/1"})
				s.must("Clear", backend.Clear(s.ctx(), s.other, "a/2"))
				w.s.eventually("being told of a Clear", func() bool {
					return slices.ContainsFunc(w.seen()[n:], func(ev backend.Event) bool {
						return ev.Kind == backend.EventCleared || ev.Kind == backend.EventDeleted || ev.Kind == backend.EventGap
					})
				})
				w.stop()
				s.want("the end of the watch", w.wait(), context.Canceled)
			}
		},
	},
	{
		name: "leases", watches: true, locks: true,
		why: "Those who wait for a lease learn at once that there is a result, or that there won't be one.",
		run: func(s *session) {
			w := s.watch(s.other, "k")
			n := len(w.seen())
			for _, end := range []struct {
				kind backend.EventKind
				run  func(l backend.Lease) error
			}{
				{backend.EventStored, func(l backend.Lease) error { return l.Commit(s.ctx(), text("v")) }},
				{backend.EventReleased, func(l backend.Lease) error { return l.Release(s.ctx()) }},
				{backend.EventReleased, func(backend.Lease) error { _, err := backend.BreakLocks(s.ctx(), s.b, "k"); return err }},
				{backend.EventReleased, func(l backend.Lease) error { return l.Fail(s.ctx()) }},
			} {
				s.must("the end of a lease", end.run(s.lock("k", long)))
				n = w.tells(n, backend.Event{Kind: end.kind, Key: "k"})
			}
		},
	},
	{
		name: "only the prefix", watches: true,
		why: "A watch is woken for its own keys, and the prefix is literal.",
		run: func(s *session) {
			w := s.watch(s.b, "a_")
			n := len(w.seen())
			for _, k := range []string{"ab", "A_", "a", "b", "a%"} {
				s.set(k, "v")
				s.delete(k)
			}
			s.must("Clear", backend.Clear(s.ctx(), s.b, "b"))
			s.set("a_", "v")
			w.tells(n, backend.Event{Kind: backend.EventStored, Key: "a_"})
			for _, ev := range w.seen()[n:] {
				if ev.Kind != backend.EventGap && ev.Key != "a_" {
					s.Errorf("told of %v %q", ev.Kind, ev.Key)
				}
			}
		},
	},
	{
		name: "order", watches: true,
		why: "Events of one key come in the order in which they happened, or a copy would be kept of what was deleted.",
		run: func(s *session) {
			w := s.watch(s.other, "")
			n := len(w.seen())
			for range 30 {
				s.set("k", "v")
				s.delete("k")
			}
			// A gap is not the end: more may follow it. And the word of the end may
			// be lost itself, so it comes again.
			s.eventually("being told of the end", func() bool {
				s.set("end", "v")
				return slices.ContainsFunc(w.seen()[n:], func(ev backend.Event) bool { return ev.Key == "end" })
			})
			// Nothing is said of the order among keys, which may be on different
			// servers: the key's own last event may come after the end.
			s.eventually("being told last that the key was deleted", func() bool {
				last := backend.EventGap
				for _, ev := range w.seen()[n:] {
					if ev.Key == "k" {
						last = ev.Kind
					} else if ev.Kind == backend.EventGap {
						last = backend.EventDeleted // nothing is known of what was before
					}
				}
				return last == backend.EventDeleted
			})
		},
	},
	{
		name: "each change", watches: true,
		why: "Who passes over the event of what it stored itself must be told of what another stored right after.",
		run: func(s *session) {
			w := s.watch(s.b, "")
			n := len(w.seen())
			const rounds = 20
			for range rounds {
				s.set("k", "v")
				s.must("Set", s.other.Set(s.ctx(), "k", text("v")))
			}
			s.eventually("being told of each change", func() bool {
				told := 0
				for _, ev := range w.seen()[n:] {
					if ev.Kind == backend.EventGap {
						return true
					}
					if ev == (backend.Event{Kind: backend.EventStored, Key: "k"}) {
						told++
					}
				}
				return told >= 2*rounds
			})
		},
	},
	{
		name: "a slow watcher", watches: true,
		why: "Who doesn't listen delays nobody and takes no memory, and learns by a gap that something was missed.",
		run: func(s *session) {
			const n = 3000
			var events []backend.Event
			for ev, err := range backend.Watch(s.ctx(), s.b, "") {
				s.must("Watch", err)
				events = append(events, ev)
				if len(events) == 1 {
					for i := range n {
						s.set(fmt.Sprint(i%10), "v")
					}
					s.set("end", "v")
				}
				if ev.Key == "end" {
					return // told after all, or after a gap
				}
			}
			s.Errorf("the watch ended after %d events", len(events))
		},
	},
}
