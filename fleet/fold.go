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

// fold adds the totals of starts that are gone to one record, and takes them
// from the roster. Every step can be repeated, by anybody: the record names the
// starts that are in it, and who is in it is not added again, nor counted beside
// it. Only then does it leave the roster, and its own record go.
func (p *publisher) fold(ctx context.Context) error {
	r, _, err := readRoster(ctx, p.store, p.keys)
	if err != nil {
		return err
	}
	gone, err := p.gone(ctx, r)
	if err != nil {
		return err
	}
	var folded map[string]int64
	if len(gone) > 0 {
		if folded, err = p.addFolded(ctx, r, gone); err != nil {
			return err
		}
	}
	named := func(id string) bool { _, ok := folded[id]; return ok }
	done := !slices.ContainsFunc(gone, func(id string) bool { return !named(id) })
	err = p.changeRoster(ctx, func(r *roster) (bool, error) {
		if done {
			r.Folded = time.Now().UnixMilli() // else a newer version has to look
		}
		r.Starts = slices.DeleteFunc(r.Starts, func(l listed) bool { return named(l.ID) })
		return true, nil
	})
	for _, id := range gone {
		if err == nil && named(id) {
			err = p.store.Delete(ctx, p.keys.total(id))
		}
	}
	return err
}

// gone are the starts that have not written for long.
func (p *publisher) gone(ctx context.Context, r roster) (ids []string, err error) {
	for part := range slices.Chunk(r.Starts, readAtOnce) {
		var names []string
		for _, l := range part {
			names = append(names, p.keys.total(l.ID))
		}
		entries, err := backend.GetMany(ctx, p.store, names)
		if err != nil {
			return nil, err
		}
		for _, l := range part {
			e, ok := entries[p.keys.total(l.ID)]
			written := e.Created
			if !ok {
				written = time.UnixMilli(l.Joined) // it never wrote, or was folded
			}
			if time.Since(written) > goneAfter && l.ID != p.id {
				ids = append(ids, l.ID)
			}
		}
	}
	return ids, nil
}

// addFolded adds the totals of starts to the record of those that are gone, and
// returns all that it names. What a newer version counted that this one doesn't
// know would be lost, so that is left to the newer one.
func (p *publisher) addFolded(ctx context.Context, r roster, gone []string) (folded map[string]int64, err error) {
	err = p.underLease(ctx, p.keys.folded(), func(ctx context.Context, lease backend.Lease) error {
		sum := newSum()
		t, err := readFolded(ctx, p.store, p.keys)
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
		now := time.Now()
		maps.DeleteFunc(names, func(id string, at int64) bool {
			return now.Sub(time.UnixMilli(at)) > nameFolded && !slices.ContainsFunc(r.Starts, func(l listed) bool { return l.ID == id })
		})
		for _, id := range gone {
			if _, ok := names[id]; ok {
				continue
			}
			e, err := p.store.Get(ctx, p.keys.total(id))
			if err != nil && !errors.Is(err, backend.ErrNotFound) {
				return err
			}
			t, err := decodeTotal(e.Value)
			if errors.Is(err, ErrNewerVersion) || err == nil && isNewer(t) {
				continue
			}
			if err == nil {
				_ = sum.add(t) // what can't be read is left out
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
	return folded, err
}

// isNewer says that a total has counts in it which this version doesn't know.
func isNewer(t *total) bool {
	layout, err := metrics.ParseLayout(t.Layout)
	return err != nil || !layout.Known()
}

// readFolded reads the totals of those that are gone; an empty one where there is
// none, or a damaged one. It is empty, too, with the error where a newer version
// wrote it.
func readFolded(ctx context.Context, b backend.Backend, k keys) (*total, error) {
	empty := &total{Layout: metrics.Layout{}.Text()}
	e, err := b.Get(ctx, k.folded())
	switch {
	case err == nil:
		t, err := decodeTotal(e.Value)
		switch {
		case err == nil:
			return t, nil
		case errors.Is(err, ErrNewerVersion):
			return empty, err
		}
	case !errors.Is(err, backend.ErrNotFound) && !unreadable(err):
		return nil, err
	}
	return empty, nil
}
