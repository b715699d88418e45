package metrics

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Store is where readings come from; see [Registry.AddStore].
type Store struct {
	// Key tells stores apart: a store that was added under the same key already
	// is not read twice. Values that can't be compared are all different.
	Key any
	// Backend is the kind of the store; it overrides that of its readings.
	Backend string
	// Read returns the figures of now, under the same names each time. It is
	// called at each export, from any goroutine, so it must be quick. With an
	// error nothing is known of the store. The slice is the caller's.
	Read func(context.Context) ([]Reading, error)
}

// stores are those that the functions of a registry use.
type stores struct {
	mu   sync.Mutex // protects all; no store is read while it is held
	live map[any]*liveStore
	gone map[readingKey]Reading // counters of those that were removed
}

type readingKey struct {
	backend, name string
	counter       bool
}

func (r Reading) key() readingKey { return readingKey{r.Backend, r.Metric().Name, r.Counter} }

// liveStore is one store, with what was last read.
type liveStore struct {
	Store
	users int
	first map[readingKey]float64 // counters, as they were at first
	last  map[readingKey]Reading // counters as what was added since
}

// readAtAdd bounds the reading of a store whose function begins or ends.
const readAtAdd = time.Second

// AddStore makes [Registry.Readings] tell of a store, until remove is called for
// each time that it was added. A store's counters count from when it was added;
// what they had counted stays when it is removed, so that no sum falls.
func (g *Registry) AddStore(s Store) (remove func()) {
	all := &g.stores
	if !reflect.ValueOf(s.Key).Comparable() {
		s.Key = new(byte)
	}
	all.mu.Lock()
	st := all.live[s.Key]
	if st == nil {
		st = &liveStore{Store: s, first: map[readingKey]float64{}, last: map[readingKey]Reading{}}
		if all.live == nil {
			all.live = map[any]*liveStore{}
		}
		all.live[s.Key] = st
	}
	st.users++
	all.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), readAtAdd)
	defer cancel()
	all.read(ctx, st)
	return sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), readAtAdd)
		defer cancel()
		all.read(ctx, st)
		all.remove(st)
	})
}

// remove takes a store out if nobody uses it any more, and keeps its counters.
func (s *stores) remove(st *liveStore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st.users--; st.users > 0 {
		return
	}
	delete(s.live, st.Key)
	for key, r := range st.last {
		if r.Counter {
			if s.gone == nil {
				s.gone = map[readingKey]Reading{}
			}
			r.Value += s.gone[key].Value
			s.gone[key] = r
		}
	}
}

// read takes down what a store tells, and reports whether it did.
func (s *stores) read(ctx context.Context, st *liveStore) bool {
	readings, err := st.Read(ctx)
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range readings {
		r.Backend = st.Backend
		if !r.usable() {
			continue
		}
		key := r.key()
		if r.Counter {
			if _, ok := st.first[key]; !ok {
				st.first[key] = r.Value
			}
			// A slower reader may come with an older reading.
			r.Value = max(r.Value-st.first[key], st.last[key].Value)
		}
		st.last[key] = r
	}
	return true
}

// Readings returns what the stores of the registry's functions tell of
// themselves, by kind of store and name; see [Registry.AddStore]. A store that
// can't tell at the moment has no gauges, and its counters as they last were.
func (g *Registry) Readings(ctx context.Context) []Reading {
	s := &g.stores
	s.mu.Lock()
	live := slices.Collect(maps.Values(s.live))
	s.mu.Unlock()
	tells := map[*liveStore]bool{}
	for _, st := range live {
		tells[st] = s.read(ctx, st)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	sum := maps.Clone(s.gone)
	if sum == nil {
		sum = map[readingKey]Reading{}
	}
	for _, st := range s.live {
		for key, r := range st.last {
			if r.Counter || tells[st] {
				r.Value += sum[key].Value
				sum[key] = r
			}
		}
	}
	return slices.SortedFunc(maps.Values(sum), func(a, b Reading) int {
		return cmp.Or(cmp.Compare(a.Backend, b.Backend), cmp.Compare(a.Metric().Name, b.Metric().Name))
	})
}
