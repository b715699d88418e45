package metrics

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cachier-go/cachier/internal/identity"
)

var (
	// ErrTypeClash is returned by [Registry.Register] for a name that other
	// keys or values are cached under.
	ErrTypeClash = errors.New("cachier: one name for different types")
	// ErrNoRecorder is returned for a nil *Recorder, which functions without
	// metrics have.
	ErrNoRecorder = errors.New("cachier: this function has no metrics; make it without WithoutMetrics to export them")
	// ErrRetired is returned by [Registry.Register] for a recorder that was
	// retired: its counts are in the registry for good.
	ErrRetired = errors.New("cachier: this recorder was retired")
)

// Registry gathers recorders for those who read them all. It is safe for
// concurrent use. Make one with [NewRegistry], or use [Default].
type Registry struct {
	mu      sync.RWMutex // protects groups; readers hold it while they read recorders
	groups  map[string]*group
	exports exports
	stores  stores

	remembered map[string]remembered // by identity; protected by mu
}

// group is all recorders with one name and the same static labels.
type group struct {
	name, labels string
	live         []*Recorder
	final        Snapshot // the sum of those that were retired
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{groups: map[string]*group{}} }

var defaultRegistry = NewRegistry()

// Default returns the registry of the process.
func Default() *Registry { return defaultRegistry }

// Register adds a recorder. Several with the same name, labels and
// [RecorderOptions].Type are one function to readers: they add up. One whose
// name is in use with another Type is refused with [ErrTypeClash], whatever its
// labels. Registering a recorder again does nothing; a nil one is
// [ErrNoRecorder], a retired one [ErrRetired].
func (g *Registry) Register(r *Recorder) error {
	if r == nil {
		return ErrNoRecorder
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.retired.Load() {
		return fmt.Errorf("%w: %q", ErrRetired, r.name)
	}
	for _, of := range g.groups {
		for _, other := range of.live {
			if other == r {
				return nil
			}
			if other.name == r.name && other.typ != r.typ {
				return fmt.Errorf("%w: %q caches %s and can't cache %s as well; choose another name",
					ErrTypeClash, r.name, cmp.Or(other.typ, "values of no stated type"), cmp.Or(r.typ, "values of no stated type"))
			}
		}
	}
	key := identity.Of(r.name, r.labels)
	of := g.groups[key]
	if of == nil {
		of = &group{name: r.name, labels: key}
		g.groups[key] = of
	}
	of.live = append(of.live, r)
	if e, ok := g.remembered[key]; ok && len(of.live) == 1 {
		r.remembered.Store(&e)
	}
	return nil
}

// Retire takes a recorder out that nothing more will be recorded to. Its counts
// stay in the registry, so that no sum falls; its gauges and its recent past
// leave. A recorder that isn't registered, or nil, is ignored.
func (g *Registry) Retire(r *Recorder) {
	if r == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	of := g.groups[identity.Of(r.name, r.labels)]
	if of == nil {
		return
	}
	i := slices.Index(of.live, r)
	if i < 0 {
		return
	}
	r.retired.Store(true)
	if e := r.remembered.Swap(nil); e != nil && len(of.live) > 1 {
		of.live[(i+1)%len(of.live)].remembered.Store(e)
	}
	of.live = slices.Delete(of.live, i, i+1)
	last := r.Snapshot()
	last.gauges = newGaugeSet(r.name, unknownGauges, last.To)
	of.final = of.final.Plus(last)
}

// Snapshots yields one Snapshot per name and set of static labels, in the order
// of their names: everything since counting began, retired recorders included.
func (g *Registry) Snapshots() iter.Seq[Snapshot] {
	return g.each(func(of *group) Snapshot {
		sum := of.final
		for _, r := range of.live {
			sum = sum.Plus(r.Snapshot())
		}
		return sum
	})
}

// Windows yields what [Recorder.Window] gives, one Snapshot per name and set of
// static labels, in the order of their names.
func (g *Registry) Windows(d time.Duration) iter.Seq[Snapshot] {
	return g.each(func(of *group) (sum Snapshot) {
		for _, r := range of.live {
			sum = sum.Plus(r.Window(d))
		}
		return sum
	})
}

// each yields what read makes of each group, and leaves out those without data.
// All groups are read before the first is yielded, under the lock: a recorder
// that is being retired is then read once, and whoever takes the snapshots may
// use the registry.
func (g *Registry) each(read func(*group) Snapshot) iter.Seq[Snapshot] {
	return func(yield func(Snapshot) bool) {
		for _, s := range g.readAll(read) {
			if s.data != nil && !yield(s) {
				return
			}
		}
	}
}

func (g *Registry) readAll(read func(*group) Snapshot) []Snapshot {
	g.mu.RLock()
	defer g.mu.RUnlock()
	groups := g.sorted()
	all := make([]Snapshot, len(groups))
	for i, of := range groups {
		all[i] = read(of)
	}
	return all
}

// sorted returns the groups by name and labels. The lock must be held.
func (g *Registry) sorted() []*group {
	return slices.SortedFunc(maps.Values(g.groups), func(a, b *group) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.labels, b.labels))
	})
}

// Total returns the sum over all functions since counting began.
func (g *Registry) Total() Snapshot { return Sum(g.Snapshots()) }

// Lookup returns the recorders registered under a name and not retired; none if
// there is no such function. The slice is the caller's.
func (g *Registry) Lookup(name string) (found []*Recorder) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, of := range g.sorted() {
		if of.name == name {
			found = append(found, of.live...)
		}
	}
	return found
}

// Names returns the names of all functions that have, or had, a recorder here,
// sorted.
func (g *Registry) Names() []string {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var names []string
	for _, of := range g.sorted() {
		names = append(names, of.name)
	}
	return slices.Compact(names)
}
