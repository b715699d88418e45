package fleet

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
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

// State is what is known of a start by when it last wrote.
type State uint8

const (
	// Live is the zero value: its last write is at most three times Options.Every old, 30 seconds by default.
	Live State = iota
	// Stale: it didn't, and hasn't said that it ended.
	Stale
	// Gone: it has ended, or has not written for 8 days.
	Gone
)

// String returns "live", "stale" or "gone".
func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return "unknown"
}

var states = []string{"live", "stale", "gone"}

// Start is one start of an instance. Its times are on the reader's clock.
type Start struct {
	ID       string // 16 characters that no other start has
	Instance string
	Version  string
	Labels   map[string]string
	Started  time.Time
	Written  time.Time // its last record
	State    State
	Clock    time.Duration // how far its clock is ahead of the reader's; of a store without a clock, of the hosts' 0
}

// Part is what a function counted in one start; Start is nil for what is known
// only of all that are gone together.
type Part struct {
	Start    *Start
	Snapshot metrics.Snapshot // its Instance is the start's
}

// Answer is what a fleet has counted.
type Answer struct {
	// From and To are the span that it covers, at least what was asked for as far
	// as there are records of it. Zero where there is none.
	From, To time.Time
	Parts    []Part
	Starts   []*Start // all that are on the roster, by instance and time
	Skipped  int      // records that could not be read and are not in it
}

// Keep drops the parts that keep doesn't want.
func (a *Answer) Keep(keep func(Part) bool) {
	a.Parts = slices.DeleteFunc(a.Parts, func(p Part) bool { return !keep(p) })
}

// Sum returns the sum over all functions and starts.
func (a *Answer) Sum() metrics.Snapshot {
	var sum metrics.Snapshot
	for _, p := range a.Parts {
		sum = sum.Plus(p.Snapshot)
	}
	return sum
}

// Group is a sum of an answer.
type Group struct {
	Values   []string // of what it was grouped by, in that order; "" where a part has none
	Snapshot metrics.Snapshot
}

// By returns the sums of all that have the same values of the given keys, by
// those values: "function", "instance" and "version", or the name of a label of
// the start or else of the function.
func (a *Answer) By(keys ...string) []Group {
	groups := map[string]*Group{}
	for _, p := range a.Parts {
		values := make([]string, len(keys))
		for i, key := range keys {
			values[i] = p.value(key)
		}
		name := identify(strings.Join(values, "\x00"), nil)
		if groups[name] == nil {
			groups[name] = &Group{Values: values}
		}
		groups[name].Snapshot = groups[name].Snapshot.Plus(p.Snapshot)
	}
	all := make([]Group, 0, len(groups))
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, *groups[name])
	}
	return all
}

func (p Part) value(key string) string {
	if key == "function" {
		return p.Snapshot.Name
	}
	if p.Start != nil {
		switch key {
		case "instance":
			return p.Start.Instance
		case "version":
			return p.Start.Version
		}
		if v, ok := p.Start.Labels[key]; ok {
			return v
		}
	}
	return p.Snapshot.Labels[key]
}

// Totals returns everything that the fleet has counted since its records began,
// with the gauges of those that live.
func (v *View) Totals(ctx context.Context) (*Answer, error) {
	f, err := v.read(ctx, anyStart)
	if err != nil {
		return nil, err
	}
	a := f.answer()
	for _, s := range f.starts {
		a.addTotal(s.Start, s.total)
	}
	a.addTotal(nil, f.folded)
	return a, nil
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
	skipped int
	now     time.Time
}

// read reads the roster, then the totals, then those that were folded: a start
// that is folded meanwhile is in one of the two, and seen to be in both.
func (v *View) read(ctx context.Context, of func(listed) bool) (*reading, error) {
	roster, damaged, err := readRoster(ctx, v.store, v.keys)
	if err != nil {
		return nil, err
	}
	roster.Starts = slices.DeleteFunc(roster.Starts, func(l listed) bool { return !of(l) })
	f := &reading{now: v.now()}
	if damaged {
		f.skipped++
	}
	for part := range slices.Chunk(roster.Starts, readAtOnce) {
		var names []string
		for _, l := range part {
			names = append(names, v.keys.total(l.ID))
		}
		entries, err := v.getMany(ctx, names, &f.skipped)
		if err != nil {
			return nil, err
		}
		for _, l := range part {
			e, ok := entries[v.keys.total(l.ID)]
			if !ok {
				f.starts = append(f.starts, member{&Start{ID: l.ID, Instance: l.Instance, Started: time.UnixMilli(l.Joined), State: Stale}, nil})
				continue
			}
			t, err := decodeTotal(e.Value)
			if err != nil || t.ID != l.ID {
				f.skipped++
				continue
			}
			f.starts = append(f.starts, member{startOf(t, e.Created, f.now), t})
		}
	}
	if f.folded, err = readFolded(ctx, v.store, v.keys); err != nil {
		return nil, err
	}
	f.starts = slices.DeleteFunc(f.starts, func(m member) bool { _, ok := f.folded.Folded[m.ID]; return ok })
	slices.SortFunc(f.starts, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return f, nil
}

func anyStart(listed) bool { return true }

// startOf is what a total tells of its start. It was written, on the reader's
// clock, when the store says that it was.
func startOf(t *total, written, now time.Time) *Start {
	ahead := time.UnixMilli(t.At).Sub(written)
	s := &Start{
		ID: t.ID, Instance: t.Instance, Version: t.Version, Labels: t.Labels,
		Started: time.UnixMilli(t.Started).Add(-ahead), Written: written, Clock: ahead,
	}
	switch age := now.Sub(written); {
	case t.Closed, age > goneAfter:
		s.State = Gone
	case age > liveFor*time.Duration(max(t.Every, minEvery))*time.Millisecond:
		s.State = Stale
	}
	return s
}

// minEvery is the least time between two writes, in milliseconds, that a start is
// held to: a reader may be a moment late, too.
const minEvery = 1000

// getMany gets what it can: where one of many can't be read, each by itself.
func (v *View) getMany(ctx context.Context, keys []string, skipped *int) (map[string]backend.Entry, error) {
	entries, err := backend.GetMany(ctx, v.store, keys)
	if err == nil || !unreadable(err) {
		return entries, err
	}
	entries = map[string]backend.Entry{}
	for _, key := range keys {
		e, err := v.store.Get(ctx, key)
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
