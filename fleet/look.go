package fleet

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// lookEvery is how often a start makes sure that it is on the roster.
const lookEvery = 5 * time.Minute

// look makes sure that the start is on the roster, and sees whether to fold, when
// it is time to. A start that could not write for so long that it may be folded is
// over: what was counted since its last total is that of a new one. A store that
// hangs costs a look 15 seconds.
func (p *publisher) look(ctx context.Context) error {
	now := time.Now().Round(0)
	if !p.written.IsZero() && now.Sub(p.written) > rebornAfter {
		if err := p.beginAnew(ctx); err != nil {
			return err
		}
		p.written, p.looked = now, time.Time{}
	}
	if !p.looked.IsZero() && now.Sub(p.looked) < lookEvery {
		return nil
	}
	r, err := p.lookUp(ctx)
	if err != nil {
		return err
	}
	if !r.has(p.id) {
		if err := p.join(ctx); err != nil {
			return err
		}
	}
	p.looked = now
	p.due = r.due(now)
	return nil
}

// lookUp reads the roster. If this start isn't on it, then either the roster was
// lost, or the start was taken for one that is gone, and is over.
func (p *publisher) lookUp(ctx context.Context) (roster, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	r, _, err := readRoster(ctx, p.store, p.keys)
	if err != nil || r.has(p.id) {
		return r, err
	}
	t, _, err := readFolded(ctx, p.store, p.keys)
	if err != nil {
		return r, err
	}
	if _, ok := t.Folded[p.id]; ok {
		p.begin() // with what it had not been told was written
	}
	return r, nil
}

// beginAnew makes p a new start.
func (p *publisher) beginAnew(ctx context.Context) error {
	if err := p.learn(ctx); err != nil {
		return err
	}
	p.begin()
	return nil
}

// learn takes down what the start has written, which is not always what was
// acknowledged. Its total tells, unless it was folded already.
func (p *publisher) learn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	e, err := p.store.Get(ctx, p.keys.total(p.id))
	if err != nil && !errors.Is(err, backend.ErrNotFound) && !unreadable(err) {
		return err
	}
	if t, err := decodeTotal(e.Value); err == nil && t.ID == p.id && t.At > p.ackedAt.UnixMilli() {
		p.ackedAt = time.UnixMilli(t.At)
		p.acked = slices.Clone(p.before)
		for i, f := range t.Functions {
			var sum metrics.Adder
			if i < len(p.before) {
				sum.AddSnapshot(p.before[i])
			}
			if err := sum.Add(f.packed, metrics.Layout{}); err != nil {
				return err
			}
			p.acked = append(p.acked[:min(i, len(p.acked))], sum.Snapshot(p.counts[i]))
		}
	}
	return nil
}
