// Package gather lets those who read single keys of a store at the same time
// share round trips. A few reads go by themselves; who comes while these are
// under way waits until one of them is over, and then all who wait are asked for
// at once. Where there is no crowd nobody waits, and a crowd waits no longer
// than a read takes divided by how many are under way, which is less than it
// would for a connection.
package gather

import (
	"context"
	"slices"
	"sync"
)

// Group is those who read from one place. Use [New] to make one; it is safe for
// concurrent use.
type Group[V any] struct {
	places, most int
	fetch        func(ctx context.Context, keys []string) []Result[V]

	mu      sync.Mutex
	taken   int // of places
	waiting []*waiter[V]
}

// Result is what a read of one key came to.
type Result[V any] struct {
	Value V
	Err   error
}

// waiter is one who reads a key together with others.
type waiter[V any] struct {
	ctx  context.Context
	key  string
	told chan struct{} // closed when it is known how it goes on

	// Settled before told is closed; together with others, result is.
	alone  bool // it has a place, and reads by itself
	result Result[V]

	with *batch // whom it is read with; protected by the Group's mu
}

// batch is a read of several keys.
type batch struct {
	there  int // who still waits for it; protected by the Group's mu
	cancel context.CancelFunc
}

// New returns a group that does so many reads at a time, each of at most that
// many keys; both are at least 1. fetch reads several keys, of which some may be
// the same, and returns as many results, which share no memory. Its context has
// the values of one who waits, and ends when nobody waits any more.
func New[V any](places, most int, fetch func(ctx context.Context, keys []string) []Result[V]) *Group[V] {
	return &Group[V]{places: max(places, 1), most: max(most, 1), fetch: fetch}
}

// Get reads a key: by alone, or together with others. A read begins after Get
// was called, and when ctx ends Get returns its error at once, as far as alone
// does.
func (g *Group[V]) Get(ctx context.Context, key string, alone func(context.Context) (V, error)) (V, error) {
	w := g.enter(ctx, key)
	if w != nil {
		select {
		case <-w.told:
		case <-ctx.Done():
			if g.quit(w) {
				var none V
				return none, ctx.Err()
			}
		}
		if !w.alone {
			return w.result.Value, w.result.Err
		}
	}
	defer g.leave()
	return alone(ctx)
}

// enter takes a place, or else returns who waits.
func (g *Group[V]) enter(ctx context.Context, key string) *waiter[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.taken < g.places {
		g.taken++
		return nil
	}
	w := &waiter[V]{ctx: ctx, key: key, told: make(chan struct{})}
	g.waiting = append(g.waiting, w)
	return w
}

// quit takes away one who doesn't want to wait any more. It reports false if
// that one has been told how it goes on, and has to go on.
func (g *Group[V]) quit(w *waiter[V]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.alone {
		return false
	}
	if w.with == nil {
		i := slices.Index(g.waiting, w)
		g.waiting = slices.Delete(g.waiting, i, i+1)
		return true
	}
	if w.with.there--; w.with.there == 0 {
		w.with.cancel()
	}
	return true
}

// leave gives a place to those who wait, or back.
func (g *Group[V]) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch len(g.waiting) {
	case 0:
		g.taken--
	case 1:
		w := g.waiting[0]
		g.waiting = nil
		w.alone = true
		close(w.told)
	default:
		n := min(len(g.waiting), g.most)
		together := slices.Clone(g.waiting[:n])
		g.waiting = slices.Delete(g.waiting, 0, n)
		ctx, cancel := context.WithCancel(context.WithoutCancel(together[0].ctx))
		b := &batch{there: n, cancel: cancel}
		for _, w := range together {
			w.with = b
		}
		go g.read(ctx, cancel, together)
	}
}

// read reads the keys of all who are together, and tells them.
func (g *Group[V]) read(ctx context.Context, cancel context.CancelFunc, together []*waiter[V]) {
	defer g.leave()
	defer cancel()
	keys := make([]string, len(together))
	for i, w := range together {
		keys[i] = w.key
	}
	for i, r := range g.fetch(ctx, keys) {
		together[i].result = r
		close(together[i].told)
	}
}
