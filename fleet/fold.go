package fleet

import (
	"context"
	"errors"
	"slices"
	"time"
)

// foldAtOnce is how many starts are looked at beside one write, and folded under
// one lease: it must not run out over them, nor the next write be late.
const foldAtOnce = 64

// fold adds the totals of starts that are gone to one record, and takes them
// from the roster, a part of them each time. Every step can be repeated, by
// anybody: the record names the starts that are in it, and who is in it is not
// added again, nor counted beside it. Only then does it leave the roster, and its
// own record go.
func (p *publisher) fold(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, foldTime)
	defer cancel()
	if p.due {
		p.due = false
		if err := p.claim(ctx); err != nil {
			return err
		}
	}
	n := min(len(p.unseen), foldAtOnce)
	part := p.unseen[:n]
	p.unseen = p.unseen[n:]
	ids, err := p.gone(ctx, part)
	if err != nil || len(ids) == 0 {
		return err
	}
	// Others may have folded some of them since.
	r, _, err := readRoster(ctx, p.store, p.keys)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !r.has(id) })
	folded, left, err := p.addFolded(ctx, r, ids)
	if err != nil {
		return err
	}
	p.unseen = append(slices.DeleteFunc(part, func(l listed) bool { return !slices.Contains(left, l.ID) }), p.unseen...)
	return p.leave(ctx, slices.DeleteFunc(ids, func(id string) bool { _, ok := folded[id]; return !ok }))
}

// claim says on the roster that somebody folds, so that nobody else does for a
// while, whatever comes of it, and takes down whom to look at.
func (p *publisher) claim(ctx context.Context) error {
	var all []listed
	err := p.changeRoster(ctx, func(r *roster) (bool, error) {
		now := time.Now()
		if all = nil; !r.due(now) {
			return false, nil
		}
		all, r.Folded = slices.Clone(r.Starts), now.UnixMilli()
		return true, nil
	})
	if err == nil {
		p.unseen = all
	}
	return err
}

// leave takes starts that are folded from the roster, and their totals from the
// store.
func (p *publisher) leave(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	err := p.changeRoster(ctx, func(r *roster) (bool, error) {
		r.Starts = slices.DeleteFunc(r.Starts, func(l listed) bool { return slices.Contains(ids, l.ID) })
		return true, nil
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		if err := p.store.Delete(ctx, p.keys.total(id)); !unreadable(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// gone are those of some starts that have not written for long.
func (p *publisher) gone(ctx context.Context, of []listed) (ids []string, err error) {
	names := make([]string, len(of))
	for i, l := range of {
		names[i] = p.keys.total(l.ID)
	}
	entries, err := getMany(ctx, p.store, names, new(int))
	if err != nil {
		return nil, err
	}
	for i, l := range of {
		e, ok := entries[names[i]]
		written := e.Created
		if !ok {
			written = time.UnixMilli(l.Joined) // it never wrote, was folded, or can't be read
		}
		if time.Since(written) > goneAfter && l.ID != p.id {
			ids = append(ids, l.ID)
		}
	}
	return ids, nil
}
