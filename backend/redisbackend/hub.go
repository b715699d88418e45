package redisbackend

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

const (
	// backlog is how many events a slow watcher may leave unread; then they are
	// forgotten and a gap is told.
	backlog = 1024

	// linger is for how long the subscription stays when nobody watches any
	// more: those who wait for computations come and go.
	linger = 5 * time.Second

	// silence is after how long without a message the connection is tried, and
	// after how long again it counts as lost.
	silence = 3 * time.Second

	// pauseMin and pauseMax are between two attempts to subscribe again.
	pauseMin = 10 * time.Millisecond
	pauseMax = time.Second
)

// hub hands the events to those who watch. Its goroutine, which has the
// subscription, runs while there are any and a little longer; Close ends it and
// waits for it, at most as long as the client takes to give up connecting.
type hub struct {
	b       *Backend
	running sync.WaitGroup

	mu       sync.Mutex // protects what follows
	watchers map[*watcher]struct{}
	sub      *redis.PubSub // nil while the goroutine doesn't run
	cancel   context.CancelFunc
	stands   bool        // the server has confirmed the subscription
	idle     *time.Timer // closes sub; nil while somebody watches
}

// watcher is one running Watch. Its fields but the first two are protected by
// the hub's mutex.
type watcher struct {
	prefix string
	wake   chan struct{} // capacity 1: there is something in events, or err
	events []backend.Event
	err    error
}

// add begins to tell a watcher of events, for which the first one subscribes.
func (h *hub) add(prefix string) (*watcher, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.b.closed.Load() {
		return nil, backend.ErrClosed // Close may be past its waiting
	}
	w := &watcher{prefix: prefix, wake: make(chan struct{}, 1)}
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
	if h.sub == nil {
		h.watchers, h.stands = map[*watcher]struct{}{}, false
		// Without a channel, so that nothing is sent before run does.
		h.sub = h.b.client.Subscribe(context.Background())
		var ctx context.Context
		ctx, h.cancel = context.WithCancel(context.Background())
		h.running.Add(1)
		go h.run(ctx, h.sub)
	}
	h.watchers[w] = struct{}{}
	if h.stands {
		w.tell(backend.Event{})
	}
	return w, nil
}

// drop ends a watch, and with the last one the subscription, after a while.
func (h *hub) drop(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
	if sub := h.sub; sub != nil && len(h.watchers) == 0 && h.idle == nil {
		var t *time.Timer
		t = time.AfterFunc(linger, func() { h.leave(t) })
		h.idle = t
	}
}

// leave ends the subscription if nobody has watched since the timer was set.
func (h *hub) leave(t *time.Timer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.idle == t && t != nil {
		h.end()
	}
}

// end makes the goroutine end; mu is held.
func (h *hub) end() {
	if sub := h.sub; sub != nil {
		h.cancel()
		h.sub = nil
		// It waits for a connection that is just being made: not under mu.
		h.running.Go(func() { _ = sub.Close() }) // which is an error only if it is closed
	}
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
}

// close ends the subscription and waits for the goroutine. The watches end by
// themselves.
func (h *hub) close() {
	h.mu.Lock() // whoever is in add has started the goroutine by then, or won't
	h.end()
	h.mu.Unlock()
	h.running.Wait()
}

func (h *hub) take(w *watcher) ([]backend.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := w.events
	w.events = nil
	return events, w.err
}

// run subscribes and reads messages until sub is closed. The client subscribes
// again by itself when it has to connect anew.
func (h *hub) run(ctx context.Context, sub *redis.PubSub) {
	defer h.running.Done()
	pause := pauseMin
	tried := false // a ping is under way
	err := sub.Subscribe(ctx, h.b.channel())
	for {
		var message any
		if err == nil {
			message, err = sub.ReceiveTimeout(ctx, silence)
		}
		switch {
		case err == nil:
			pause, tried = pauseMin, false
			h.hear(sub, message)
			continue
		case quiet(err) && !tried:
			tried = true
			err = sub.Ping(ctx)
			continue
		}
		if !h.lost(sub, err) {
			return
		}
		if tried {
			// The server hangs, or the connection does: take another one.
			tried = false
			if sub = h.renew(sub); sub == nil {
				return
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, pauseMax)
		err = sub.Subscribe(ctx, h.b.channel())
	}
}

// quiet says that nothing came in time, which needn't be a failure.
func quiet(err error) bool {
	failed, ok := errors.AsType[net.Error](err)
	return ok && failed.Timeout()
}

// renew replaces a subscription; nil if it was ended meanwhile.
func (h *hub) renew(sub *redis.PubSub) *redis.PubSub {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sub != sub {
		return nil
	}
	_ = sub.Close()
	h.sub = h.b.client.Subscribe(context.Background())
	return h.sub
}

// hear passes a message on.
func (h *hub) hear(sub *redis.PubSub, message any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sub != sub {
		return
	}
	switch m := message.(type) {
	case *redis.Subscription:
		if m.Kind == "subscribe" {
			h.stands = true
			h.tell(backend.Event{})
		}
	case *redis.Message:
		if ev, ok := h.b.parse(m.Payload); ok && h.stands {
			h.tell(ev)
		}
	}
}

// lost notes that the subscription doesn't stand, and says whether to go on:
// what the server itself refuses it will refuse again.
func (h *hub) lost(sub *redis.PubSub, err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sub != sub {
		return false
	}
	h.stands = false
	said, refused := errors.AsType[redis.Error](err)
	if !refused || !strings.HasPrefix(said.Error(), "NO") { // NOPERM, NOAUTH
		return true
	}
	for w := range h.watchers {
		w.err = err
		w.nudge()
	}
	h.end()
	return false
}

// tell passes an event on to those whom it concerns; mu is held.
func (h *hub) tell(ev backend.Event) {
	if ev.Kind == backend.EventGap {
		h.b.counts.gaps.Add(1)
	}
	for w := range h.watchers {
		if !concerns(ev, w.prefix) {
			continue
		}
		if len(w.events) >= backlog {
			h.b.counts.gaps.Add(1)
			w.events = append(w.events[:0], backend.Event{Kind: backend.EventGap})
		}
		w.tell(ev)
	}
}

func (w *watcher) tell(ev backend.Event) {
	w.events = append(w.events, ev)
	w.nudge()
}

func (w *watcher) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// concerns says whether a watch of the prefix has to be told of an event.
func concerns(ev backend.Event, prefix string) bool {
	return ev.Kind == backend.EventGap || strings.HasPrefix(ev.Key, prefix) ||
		ev.Kind == backend.EventCleared && strings.HasPrefix(prefix, ev.Key)
}
