package filebackend

import (
	"context"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// How often the file of events is looked at: soon after something happened, and
// less and less often while nothing does. A look is two short system calls.
const (
	pollMin = time.Millisecond
	pollMax = 25 * time.Millisecond

	// backlog is how many events a slow watcher may leave unread; then they are
	// forgotten and a gap is told.
	backlog = 1024
)

// hub hands the events to those who watch. Its goroutine runs while there are
// any; it ends with the last of them, or by Close, which waits for it.
type hub struct {
	store   *Store
	running sync.WaitGroup

	mu       sync.Mutex // protects what follows
	watchers map[*watcher]struct{}
	nudged   chan struct{} // capacity 1; nil while the goroutine doesn't run
}

// watcher is one running Watch.
type watcher struct {
	prefix string
	wake   chan struct{} // capacity 1: there is something in events
	events []backend.Event
}

// Watch yields what happens under the prefix, in this process at once and in
// others within some 25 ms.
func (s *Store) Watch(ctx context.Context, prefix string) iter.Seq2[backend.Event, error] {
	return func(yield func(backend.Event, error) bool) {
		if err := s.usable(ctx); err != nil {
			yield(backend.Event{}, err)
			return
		}
		w := &watcher{prefix: prefix, wake: make(chan struct{}, 1)}
		if err := s.hub.add(w); err != nil {
			yield(backend.Event{}, err)
			return
		}
		defer s.hub.drop(w)
		batch := []backend.Event{{Kind: backend.EventGap}}
		for {
			for _, ev := range batch {
				if !yield(ev, nil) {
					return
				}
			}
			select {
			case <-ctx.Done():
				yield(backend.Event{}, ctx.Err())
				return
			case <-s.closing:
				yield(backend.Event{}, backend.ErrClosed)
				return
			case <-w.wake:
			}
			batch = s.hub.take(w)
		}
	}
}

// add begins to tell w of events, for which the first one starts the goroutine.
func (h *hub) add(w *watcher) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.store.usable(context.Background()); err != nil {
		return err // closed meanwhile: Close may be past its waiting
	}
	if h.nudged == nil {
		r := &ringReader{ring: ring{path: h.store.ring.path}}
		if err := r.start(); err != nil {
			return full(err)
		}
		h.nudged = make(chan struct{}, 1)
		h.watchers = map[*watcher]struct{}{}
		h.running.Add(1)
		go h.run(r, h.nudged)
	}
	h.watchers[w] = struct{}{}
	return nil
}

func (h *hub) drop(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
	h.poke()
}

func (h *hub) take(w *watcher) []backend.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

// nudge says that this process has just told something.
func (h *hub) nudge() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.poke()
}

// poke wakes the goroutine; mu is held.
func (h *hub) poke() {
	select {
	case h.nudged <- struct{}{}:
	default: // it is awake, or there is none
	}
}

// close ends every watch, and waits for the goroutine.
func (h *hub) close() {
	h.mu.Lock() // whoever is in add has started the goroutine by then, or won't
	close(h.store.closing)
	h.mu.Unlock()
	h.running.Wait()
}

// run reads the ring until nobody watches.
func (h *hub) run(r *ringReader, nudged chan struct{}) {
	defer h.running.Done()
	defer r.ring.close()
	timer := time.NewTimer(pollMin)
	defer timer.Stop()
	for wait := pollMin; ; wait = min(2*wait, pollMax) {
		select {
		case <-h.store.closing:
			return
		case <-nudged:
			wait = pollMin
		case <-timer.C:
		}
		timer.Reset(wait)
		// A directory that is gone may come back; until then nothing is told.
		events, _ := r.read()
		if len(events) > 0 {
			wait = pollMin / 2
		}
		if !h.deliver(events) {
			return
		}
	}
}

// deliver passes events on to whom they concern, and says whether anybody
// watches at all; if not, the goroutine ends.
func (h *hub) deliver(events []backend.Event) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		for _, ev := range events {
			if !concerns(ev, w.prefix) {
				continue
			}
			if len(w.events) >= backlog {
				w.events = append(w.events[:0], backend.Event{Kind: backend.EventGap})
			}
			w.events = append(w.events, ev)
		}
		if len(w.events) > 0 {
			select {
			case w.wake <- struct{}{}:
			default:
			}
		}
	}
	if len(h.watchers) == 0 {
		h.nudged = nil
	}
	return len(h.watchers) > 0
}

// concerns says whether a watch of the prefix has to be told of an event.
func concerns(ev backend.Event, prefix string) bool {
	return ev.Kind == backend.EventGap || strings.HasPrefix(ev.Key, prefix) ||
		ev.Kind == backend.EventCleared && strings.HasPrefix(prefix, ev.Key)
}
