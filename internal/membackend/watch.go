package membackend

import (
	"context"
	"iter"
	"strings"

	"github.com/cachier-go/cachier/backend"
)

// backlog is how many events a slow watcher may leave unread; beyond that they
// are forgotten and a gap is told.
const backlog = 1024

// watcher is one running Watch.
type watcher struct {
	prefix string
	wake   chan struct{} // capacity 1: there is something in events
	events []backend.Event
}

// tell passes an event on to whom it concerns; mu is held.
func (s *Store) tell(ev backend.Event) {
	for w := range s.watchers {
		concerns := strings.HasPrefix(ev.Key, w.prefix) ||
			ev.Kind == backend.EventCleared && strings.HasPrefix(w.prefix, ev.Key)
		if !concerns {
			continue
		}
		if len(w.events) >= backlog {
			w.events = append(w.events[:0], backend.Event{Kind: backend.EventGap})
		}
		w.events = append(w.events, ev)
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Watch yields what happens under the prefix.
func (s *Store) Watch(ctx context.Context, prefix string) iter.Seq2[backend.Event, error] {
	return func(yield func(backend.Event, error) bool) {
		if err := s.lock(ctx); err != nil {
			yield(backend.Event{}, err)
			return
		}
		w := &watcher{prefix: prefix, wake: make(chan struct{}, 1)}
		s.watchers[w] = struct{}{}
		s.mu.Unlock()
		defer func() {
			s.mu.Lock()
			delete(s.watchers, w)
			s.mu.Unlock()
		}()

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
			s.mu.Lock()
			batch, w.events = w.events, nil
			s.mu.Unlock()
		}
	}
}
