package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// nameFolded is for how long the record names a start after it was folded: longer
// than anybody works on a roster that still has it.
const nameFolded = 24 * time.Hour

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

// addFolded adds the totals of starts to the record of those that are gone, and
// returns all that it names, and those for which the lease was too short. What a
// newer version counted that this one doesn't know would be lost, so that is left
// to the newer one.
func (p *publisher) addFolded(ctx context.Context, r roster, gone []string) (folded map[string]int64, left []string, err error) {
	err = p.underLease(ctx, p.keys.folded(), func(ctx context.Context, lease backend.Lease) error {
		now := time.Now()
		sum := newSum()
		t, _, err := readFolded(ctx, p.store, p.keys)
		if err != nil {
			return err
		}
		if isNewer(t) {
			return ErrNewerVersion
		}
		_ = sum.add(t) // what can't be read is left out
		names := maps.Clone(t.Folded)
		if names == nil {
			names = map[string]int64{}
		}
		maps.DeleteFunc(names, func(id string, at int64) bool {
			return now.Sub(time.UnixMilli(at)) > nameFolded && !r.has(id)
		})
		left = nil
		for i, id := range gone {
			if i > 0 && time.Since(now) > leaseTime/2 {
				left = gone[i:]
				break
			}
			if _, ok := names[id]; ok {
				continue
			}
			e, err := p.store.Get(ctx, p.keys.total(id))
			absent := errors.Is(err, backend.ErrNotFound)
			if err != nil && !absent && !unreadable(err) {
				return err
			}
			t, err := decodeTotal(e.Value)
			if errors.Is(err, ErrNewerVersion) || err == nil && isNewer(t) {
				continue
			}
			if err == nil {
				err = sum.add(t)
			}
			if err != nil && !absent { // in no sum from now on, and no longer seen to be skipped
				p.log.warn("fleet: what a start that is gone counted can't be read, and is given up", "start", id)
			}
			names[id] = now.UnixMilli()
		}
		t = sum.total()
		t.Folded, t.At = names, now.UnixMilli()
		record, err := t.encode()
		if err != nil {
			return err
		}
		if err := lease.Commit(ctx, backend.Entry{Value: record, Created: now}); err != nil {
			return err
		}
		folded = names
		return nil
	})
	return folded, left, err
}

// isNewer says that a total has counts in it which this version doesn't know.
func isNewer(t *total) bool {
	layout, err := metrics.ParseLayout(t.Layout)
	return err != nil || !layout.Known()
}

// readFolded reads the totals of those that are gone; an empty one where there is
// none, or a damaged one. It is empty, too, with the error where a newer version
// wrote it.
func readFolded(ctx context.Context, b backend.Backend, k keys) (t *total, damaged bool, err error) {
	empty := &total{Layout: metrics.Layout{}.Text()}
	e, err := b.Get(ctx, k.folded())
	switch {
	case errors.Is(err, backend.ErrNotFound):
		return empty, false, nil
	case unreadable(err):
		return empty, true, nil
	case err != nil:
		return nil, false, err
	}
	t, err = decodeTotal(e.Value)
	switch {
	case err == nil:
		return t, false, nil
	case errors.Is(err, ErrNewerVersion):
		return empty, false, err
	}
	return empty, true, nil
}
