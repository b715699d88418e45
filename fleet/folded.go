package fleet

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// nameFolded is for how long the record names a start after it was folded: longer
// than anybody works on a roster that still has it.
const nameFolded = 24 * time.Hour

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
