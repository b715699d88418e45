package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"weak"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// ErrPublishing is returned by [Publish] for a registry that another call
// publishes to the same store and fleet: all that it counts would be there twice.
var ErrPublishing = errors.New("fleet: this registry is being published to this store and fleet already")

// published is what this process publishes, or did. A registry that nobody uses
// any more is forgotten.
var published = struct {
	mu sync.Mutex // protects all that is in it
	of map[weak.Pointer[metrics.Registry]]*history
}{of: map[weak.Pointer[metrics.Registry]]*history{}}

// history is that of one registry.
type history struct {
	remembers bool // what earlier starts of the program counted
	turns     map[place]*turn
}

// place is where a registry is published to.
type place struct {
	store any // what it says of itself, or the store
	fleet string
}

// turn is the right to publish a registry to a place, which one call has at a
// time.
type turn struct {
	of    *history
	taken bool
	last  *publisher // of the call before; nil: there was none
}

// takeTurn takes the turn to publish g as p does.
func takeTurn(g *metrics.Registry, p *publisher) (*turn, error) {
	to := place{fleet: p.options.Fleet}
	switch id := backend.Identity(p.store); {
	case id != "":
		to.store = backend.Kind(p.store) + " " + id
	case reflect.ValueOf(p.store).Comparable():
		to.store = p.store
	default:
		to.store = new(int) // it equals no other
	}
	published.mu.Lock()
	defer published.mu.Unlock()
	maps.DeleteFunc(published.of, func(r weak.Pointer[metrics.Registry], _ *history) bool { return r.Value() == nil })
	key := weak.Make(g)
	h := published.of[key]
	if h == nil {
		h = &history{turns: map[place]*turn{}}
		published.of[key] = h
	}
	t := h.turns[to]
	if t == nil {
		t = &turn{of: h}
		h.turns[to] = t
	}
	if t.taken {
		return nil, fmt.Errorf("%w: %q", ErrPublishing, p.options.Fleet)
	}
	t.taken = true
	return t, nil
}

// end lets the next call have its turn. It goes on from p; nil: from where this
// one would have.
func (t *turn) end(p *publisher) {
	published.mu.Lock()
	defer published.mu.Unlock()
	t.taken = false
	if p != nil {
		t.last = p
	}
}

// remembers says that the registry remembers earlier starts of the program, which
// it must do once, whatever it is published to.
func (t *turn) remembers() bool {
	published.mu.Lock()
	defer published.mu.Unlock()
	return t.of.remembers
}

// remember has the registry remember earlier starts, if there are any and it
// doesn't yet.
func (t *turn) remember(g *metrics.Registry, spans []metrics.Snapshot) {
	published.mu.Lock()
	first := !t.of.remembers && len(spans) > 0
	t.of.remembers = t.of.remembers || first
	published.mu.Unlock()
	if first {
		g.Remember(spans)
	}
}

// goOn makes p go on from where an earlier publisher of the same registry ended: it
// has what was counted since. Their clocks need not agree.
func (p *publisher) goOn(ctx context.Context, q *publisher) error {
	q.store = p.store // its own may be closed
	if err := q.learn(ctx); err != nil {
		return err
	}
	shift := p.now().Sub(q.now())
	p.id, p.own, p.functions, p.numbers, p.counts, p.before, p.acked = q.id, q.own, q.functions, q.numbers, q.counts, q.before, q.acked
	p.started, p.counted = q.started.Add(shift), q.counted.Add(shift)
	if !q.ackedAt.IsZero() {
		p.ackedAt = q.ackedAt.Add(shift)
	}
	p.begin()
	return nil
}
