// Package gather lets those who read single keys of a store at the same time
// share round trips. A few reads go by themselves; who comes while these are
// under way waits until one of them is over, and then all who wait are asked for
// at once. Where there is no crowd nobody waits, and a crowd waits about as long
// as a read takes divided by how many are under way, which is less than it would
// for a connection.
package gather

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Group is those who read from one place. Use [New] to make one; it is safe for
// concurrent use.
type Group[V any] struct {
	places, most int
	fetch        func(ctx context.Context, keys []string) []Result[V]

	mu      sync.Mutex
	taken   int // of places
	waiting []*waiter[V]
	resting time.Time // until when nobody waits; zero: who finds no place does
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

	state  state     // protected by the Group's mu until told is closed
	with   *batch    // whom it is read with, if together
	result Result[V] // set before told is closed, if together
}

// state is how the read of one who had to wait goes on.
type state uint8

const (
	waiting  state = iota // that isn't known
	placed                // it has got a place, and reads by itself
	apart                 // it reads by itself, without a place
	together              // it is read with others
)

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

const (
	// patience is for how long one waits for a place and for the others' read.
	// Then the connections of those who have a place may be no more, say, or
	// the others' values be so large that each had better read its own.
	patience = 100 * time.Millisecond
	// rest is for how long nobody waits for anybody after somebody's patience
	// has ended, so that a store that is slow isn't asked twice for everything.
	rest = 10 * time.Second
)

// Get reads a key: by alone, or together with others. A read begins after Get
// was called, and when ctx ends Get returns its error at once, as far as alone
// does.
func (g *Group[V]) Get(ctx context.Context, key string, alone func(context.Context) (V, error)) (V, error) {
	w, how := g.enter(ctx, key)
	if how == waiting {
		var err error
		if how, err = g.await(ctx, w); err != nil {
			var none V
			return none, err
		}
	}
	switch how {
	case together:
		return w.result.Value, w.result.Err
	case placed:
		defer g.leave()
	}
	return alone(ctx)
}

// await waits until it is known how a read goes on, or until ctx ends.
func (g *Group[V]) await(ctx context.Context, w *waiter[V]) (state, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.told:
		return w.state, nil
	case <-ctx.Done():
		how := g.quit(w, false)
		if how == apart {
			return apart, ctx.Err()
		}
		return how, nil // alone will see that ctx has ended
	case <-timer.C:
		return g.quit(w, true), nil
	}
}

// enter takes a place, if there is one, and says how the read goes on.
func (g *Group[V]) enter(ctx context.Context, key string) (*waiter[V], state) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.taken < g.places {
		g.taken++
		return nil, placed
	}
	if !g.resting.IsZero() {
		if time.Now().Before(g.resting) {
			return nil, apart
		}
		g.resting = time.Time{}
	}
	w := &waiter[V]{ctx: ctx, key: key, told: make(chan struct{})}
	g.waiting = append(g.waiting, w)
	return w, waiting
}

// quit takes away one who doesn't want to wait any more, perhaps because that
// took too long, and says how the read goes on: what was told meanwhile stands,
// and a place that was given has to be given back.
func (g *Group[V]) quit(w *waiter[V], long bool) state {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch w.state {
	case placed:
		return placed
	case together:
		select {
		case <-w.told:
			return together
		default:
		}
		if w.with.there--; w.with.there == 0 {
			w.with.cancel()
		}
	default:
		i := slices.Index(g.waiting, w)
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	if long {
		g.resting = time.Now().Add(rest)
	}
	return apart
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
		w.state = placed
		close(w.told)
	default:
		n := min(len(g.waiting), g.most)
		all := slices.Clone(g.waiting[:n])
		g.waiting = slices.Delete(g.waiting, 0, n)
		ctx, cancel := context.WithCancel(context.WithoutCancel(all[0].ctx))
		b := &batch{there: n, cancel: cancel}
		for _, w := range all {
			w.state, w.with = together, b
		}
		go g.read(ctx, cancel, all)
	}
}

// read reads the keys of all who are together, and tells them.
func (g *Group[V]) read(ctx context.Context, cancel context.CancelFunc, all []*waiter[V]) {
	defer g.leave()
	defer cancel()
	keys := make([]string, len(all))
	for i, w := range all {
		keys[i] = w.key
	}
	for i, r := range g.fetch(ctx, keys) {
		all[i].result = r
		close(all[i].told)
	}
}
