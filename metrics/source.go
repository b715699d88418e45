package metrics

import (
	"context"
	"iter"
	"slices"
)

// Source is what exporters, pages and reports read: one Snapshot per function.
// [*Registry] and [*Recorder] are sources.
type Source interface {
	Snapshots() iter.Seq[Snapshot]
}

// SourceFunc makes a Source of a function.
type SourceFunc func() iter.Seq[Snapshot]

// Snapshots calls f.
func (f SourceFunc) Snapshots() iter.Seq[Snapshot] { return f() }

// Snapshots yields the one Snapshot of r; none for a nil *Recorder.
func (r *Recorder) Snapshots() iter.Seq[Snapshot] {
	return func(yield func(Snapshot) bool) {
		if r != nil {
			yield(r.Snapshot())
		}
	}
}

// Join returns a Source of all snapshots of the given sources, one after the
// other. It is a [StoreReadings] of those that are, and a [FallibleSource] that
// fails if one of them does.
func Join(sources ...Source) Source { return joined(slices.Clone(sources)) }

type joined []Source

// Snapshots implements [Source].
func (j joined) Snapshots() iter.Seq[Snapshot] {
	return func(yield func(Snapshot) bool) {
		for _, src := range j {
			for s := range src.Snapshots() {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// ReadSnapshots implements [FallibleSource].
func (j joined) ReadSnapshots(ctx context.Context) (all []Snapshot, err error) {
	for _, src := range j {
		part, err := ReadSnapshots(ctx, src)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// Readings implements [StoreReadings].
func (j joined) Readings(ctx context.Context) []Reading {
	sum := readingSum{}
	for _, src := range j {
		if stores, ok := src.(StoreReadings); ok {
			for _, r := range stores.Readings(ctx) {
				sum.add(r)
			}
		}
	}
	return sum.sorted()
}

// Filter returns a Source of those snapshots of src that keep wants. It is a
// [FallibleSource] that fails if src does.
func Filter(src Source, keep func(Snapshot) bool) Source { return filtered{src, keep} }

type filtered struct {
	of   Source
	keep func(Snapshot) bool
}

// Snapshots implements [Source].
func (f filtered) Snapshots() iter.Seq[Snapshot] {
	return func(yield func(Snapshot) bool) {
		for s := range f.of.Snapshots() {
			if f.keep(s) && !yield(s) {
				return
			}
		}
	}
}

// ReadSnapshots implements [FallibleSource].
func (f filtered) ReadSnapshots(ctx context.Context) ([]Snapshot, error) {
	all, err := ReadSnapshots(ctx, f.of)
	return slices.DeleteFunc(all, func(s Snapshot) bool { return !f.keep(s) }), err
}

// ByName returns a Source that yields one Snapshot per function name: the sum
// over instances and static labels, in the order of each name's first Snapshot.
func ByName(src Source) Source {
	return SourceFunc(func() iter.Seq[Snapshot] {
		return func(yield func(Snapshot) bool) {
			place := map[string]int{}
			var groups [][]Snapshot
			for s := range src.Snapshots() {
				i, ok := place[s.Name]
				if !ok {
					i = len(groups)
					place[s.Name] = i
					groups = append(groups, nil)
				}
				groups[i] = append(groups[i], s)
			}
			for _, g := range groups {
				if !yield(Sum(slices.Values(g))) {
					return
				}
			}
		}
	})
}

// Sum adds up snapshots, of functions or of instances, with [Snapshot.Plus];
// the zero Snapshot if there are none.
func Sum(snapshots iter.Seq[Snapshot]) (sum Snapshot) {
	for s := range snapshots {
		sum = sum.Plus(s)
	}
	return sum
}
