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

const (
	// mostFolded bounds the functions in the record of those that are gone; what
	// others counted is kept under the name otherFunctions.
	mostFolded     = 10_000
	otherFunctions = "(other functions)"

	// nameFolded is for how long the record names a start after it was folded:
	// longer than anybody works on a roster that still has it.
	nameFolded = 24 * time.Hour
)

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
	err = p.changeRoster(ctx, func(r *roster) (bool, error) {
		r.Folded = time.Now().UnixMilli()
		r.Starts = slices.DeleteFunc(r.Starts, func(l listed) bool { _, ok := folded[l.ID]; return ok })
		return true, nil
	})
	for _, id := range gone {
		if err == nil {
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
// returns all that it names.
func (p *publisher) addFolded(ctx context.Context, r roster, gone []string) (folded map[string]int64, err error) {
	err = p.underLease(ctx, p.keys.folded(), func(ctx context.Context, lease backend.Lease) error {
		sum := newSum()
		t, err := readFolded(ctx, p.store, p.keys)
		if err != nil {
			return err
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
			if t, err := decodeTotal(e.Value); err == nil {
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

// readFolded reads the totals of those that are gone; an empty one where there is
// none, or a damaged one.
func readFolded(ctx context.Context, b backend.Backend, k keys) (*total, error) {
	e, err := b.Get(ctx, k.folded())
	switch {
	case err == nil:
		if t, err := decodeTotal(e.Value); err == nil {
			return t, nil
		}
	case !errors.Is(err, backend.ErrNotFound) && !errors.Is(err, backend.ErrCorrupt) && !errors.Is(err, backend.ErrForeign):
		return nil, err
	}
	return &total{Layout: metrics.Layout{}.Text()}, nil
}

// sum adds totals up by function.
type sum struct {
	numbers map[string]int
	all     []summand
}

type summand struct {
	function
	adder metrics.Adder
}

func newSum() *sum { return &sum{numbers: map[string]int{}} }

func (s *sum) add(t *total) error {
	layout, err := metrics.ParseLayout(t.Layout)
	if err != nil {
		return err
	}
	for _, f := range t.Functions {
		name := identify(f.Name, f.Labels)
		if _, ok := s.numbers[name]; !ok && len(s.all) >= mostFolded {
			f = function{Name: otherFunctions, Start: f.Start, Sampling: f.Sampling, packed: f.packed}
			name = identify(f.Name, nil)
		}
		i, ok := s.numbers[name]
		if !ok {
			i = len(s.all)
			s.numbers[name] = i
			s.all = append(s.all, summand{function: function{Name: f.Name, Backend: f.Backend, Labels: f.Labels, Start: f.Start, Sampling: f.Sampling}})
		}
		of := &s.all[i]
		of.Start = min(of.Start, f.Start)
		if e := of.adder.Add(f.packed, layout); e != nil {
			err = e
		}
	}
	return err
}

func (s *sum) total() *total {
	t := &total{Layout: metrics.Layout{}.Text()}
	for i := range s.all {
		f := s.all[i].function
		f.packed = s.all[i].adder.Snapshot(metrics.Snapshot{}).AppendPacked(nil, true)
		t.Functions = append(t.Functions, f)
	}
	return t
}
