package fleet

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// View answers questions about a fleet. It keeps nothing between them, and is
// safe for concurrent use.
type View struct {
	store backend.Backend
	keys  keys
	now   func() time.Time
	log   limiter
}

// NewView returns a view of the fleet of that name on a store; the empty name is
// "default", as in [Options]. The store stays the caller's. A name that can't be
// one is an error.
func NewView(store backend.Backend, fleet string) (*View, error) {
	if store == nil {
		return nil, errors.New("fleet: the store is nil")
	}
	name, err := fleetName(fleet)
	if err != nil {
		return nil, err
	}
	return &View{store: store, keys: keysOf(name), now: time.Now}, nil
}

// Totals returns everything that the fleet has counted since its records began,
// with the gauges of those that live.
func (v *View) Totals(ctx context.Context) (*Answer, error) {
	f, err := v.read(ctx)
	if err != nil {
		return nil, err
	}
	return f.totals(), nil
}

func (f *reading) totals() *Answer {
	a := f.answer()
	for _, s := range f.starts {
		a.addTotal(s.Start, s.total)
	}
	a.addTotal(nil, f.folded)
	return a
}

// member is a start with what it has written.
type member struct {
	*Start
	total *total
}

// reading is what is there.
type reading struct {
	starts  []member
	folded  *total
	newer   bool // a newer version wrote what was folded
	skipped int
	now     time.Time
}

// read reads the roster, then the totals, then those that were folded: a start
// that is folded meanwhile is in one of the two, and seen to be in both.
func (v *View) read(ctx context.Context) (*reading, error) {
	roster, damaged, err := readRoster(ctx, v.store, v.keys)
	if err != nil {
		return nil, err
	}
	f := &reading{now: v.now()}
	if damaged {
		f.skipped++
	}
	for part := range slices.Chunk(roster.Starts, readAtOnce) {
		members, err := v.members(ctx, part, f.now, &f.skipped)
		if err != nil {
			return nil, err
		}
		f.starts = append(f.starts, members...)
	}
	f.folded, damaged, err = readFolded(ctx, v.store, v.keys)
	f.newer = errors.Is(err, ErrNewerVersion)
	if err != nil && !f.newer {
		return nil, err
	}
	if damaged || f.newer {
		f.skipped++
	}
	f.starts = slices.DeleteFunc(f.starts, func(m member) bool { _, ok := f.folded.Folded[m.ID]; return ok })
	slices.SortFunc(f.starts, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return f, nil
}

// members reads the totals of starts. One that has none yet is there without.
func (v *View) members(ctx context.Context, of []listed, now time.Time, skipped *int) (all []member, err error) {
	names := make([]string, len(of))
	for i, l := range of {
		names[i] = v.keys.total(l.ID)
	}
	entries, err := getMany(ctx, v.store, names, skipped)
	if err != nil {
		return nil, err
	}
	for i, l := range of {
		e, ok := entries[names[i]]
		if !ok {
			all = append(all, member{&Start{ID: l.ID, Instance: l.Instance, Started: time.UnixMilli(l.Joined), State: Stale}, nil})
			continue
		}
		t, err := decodeTotal(e.Value)
		if err != nil || t.ID != l.ID {
			*skipped++
			continue
		}
		all = append(all, member{startOf(t, e.Created, now), t})
	}
	return all, nil
}

// getMany gets what it can: where one of many can't be read, each by itself.
func getMany(ctx context.Context, b backend.Backend, keys []string, skipped *int) (map[string]backend.Entry, error) {
	entries, err := backend.GetMany(ctx, b, keys)
	if err == nil || !unreadable(err) {
		return entries, err
	}
	entries = map[string]backend.Entry{}
	for _, key := range keys {
		e, err := b.Get(ctx, key)
		switch {
		case err == nil:
			entries[key] = e
		case unreadable(err):
			*skipped++
		case !errors.Is(err, backend.ErrNotFound):
			return nil, err
		}
	}
	return entries, nil
}

func unreadable(err error) bool {
	return errors.Is(err, backend.ErrCorrupt) || errors.Is(err, backend.ErrForeign)
}
