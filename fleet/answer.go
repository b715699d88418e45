package fleet

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/cachier-go/cachier/internal/identity"
	"github.com/cachier-go/cachier/metrics"
)

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

// Functions returns the sums over instances and starts, one per function and
// static labels, by name.
func (a *Answer) Functions() (all []metrics.Snapshot) {
	place := map[string]int{}
	for _, p := range a.Parts {
		name := identity.Of(p.Snapshot.Name, p.Snapshot.Labels)
		i, ok := place[name]
		if !ok {
			i = len(all)
			place[name] = i
			all = append(all, metrics.Snapshot{})
		}
		all[i] = all[i].Plus(p.Snapshot)
	}
	slices.SortStableFunc(all, func(x, y metrics.Snapshot) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(identity.Of(x.Name, x.Labels), identity.Of(y.Name, y.Labels)))
	})
	return all
}
