package s3fifo_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

// model is S3-FIFO written down from the paper's rules, with slices. Whether a
// key is in the ghost queue it is told: that queue is exact only in effect, and
// has a test of its own.
type model struct {
	maxEntries int
	maxWeight  int64
	small      []*modelEntry // oldest first
	main       []*modelEntry
	evicted    []int // keys, in the order in which they were evicted
}

type modelEntry struct {
	key, value int
	size       int64
	mark       uint32
	read       bool
}

func (m *model) find(key int) *modelEntry {
	for _, e := range append(slices.Clone(m.small), m.main...) {
		if e.key == key {
			return e
		}
	}
	return nil
}

func (m *model) get(key int) *modelEntry {
	e := m.find(key)
	if e != nil {
		e.mark, e.read = min(e.mark+1, 3), true
	}
	return e
}

func (m *model) put(key, value int, size int64, ghost bool) (stored bool) {
	if m.maxWeight > 0 {
		size = max(size, 1)
	}
	if m.maxWeight > 0 && size > m.maxWeight {
		m.remove(key)
		return false
	}
	if e := m.find(key); e != nil { // keeps its place and its mark
		e.value, e.size = value, size
		m.evict(0, 0)
		return true
	}
	m.evict(1, size)
	e := &modelEntry{key: key, value: value, size: size}
	if ghost {
		m.main = append(m.main, e)
	} else {
		m.small = append(m.small, e)
	}
	return true
}

func (m *model) remove(key int) bool {
	for _, q := range []*[]*modelEntry{&m.small, &m.main} {
		if i := slices.IndexFunc(*q, func(e *modelEntry) bool { return e.key == key }); i >= 0 {
			*q = slices.Delete(*q, i, i+1)
			return true
		}
	}
	return false
}

// evict makes room: from the small queue while it has a tenth of the contents
// or more, else from the main one.
func (m *model) evict(entries int, size int64) {
	for m.maxEntries > 0 && m.len()+entries > m.maxEntries || m.maxWeight > 0 && m.weight()+size > m.maxWeight {
		if len(m.main) == 0 || m.share(m.small)*10 >= m.share(m.small)+m.share(m.main) {
			e := m.small[0]
			m.small = m.small[1:]
			if e.mark > 0 {
				e.mark = 0
				m.main = append(m.main, e)
			} else {
				m.evicted = append(m.evicted, e.key)
			}
			continue
		}
		e := m.main[0]
		m.main = m.main[1:]
		if e.mark > 0 {
			e.mark--
			m.main = append(m.main, e)
		} else {
			m.evicted = append(m.evicted, e.key)
		}
	}
}

// share is what a queue holds: by weight where that is bounded.
func (m *model) share(queue []*modelEntry) (sum int64) {
	for _, e := range queue {
		if m.maxWeight > 0 {
			sum += max(e.size, 1)
		} else {
			sum++
		}
	}
	return sum
}

func (m *model) len() int { return len(m.small) + len(m.main) }

func (m *model) weight() (sum int64) {
	for _, e := range append(slices.Clone(m.small), m.main...) {
		sum += e.size
	}
	return sum
}

// rig is a cache beside its model.
type rig struct {
	t       testing.TB
	cache   *s3fifo.Cache[int, int]
	model   model
	hash    func(int) uint32
	collide bool // keys share hashes, and so their places in the ghost queue
	evicted []int
	next    int // value
}

func newRig(t testing.TB, maxEntries int, maxWeight int64, hash func(int) uint32) *rig {
	r := &rig{t: t, model: model{maxEntries: maxEntries, maxWeight: maxWeight}, hash: hash, collide: hash != nil}
	var err error
	r.cache, err = s3fifo.New(s3fifo.Config[int, int]{
		MaxEntries: maxEntries, MaxWeight: maxWeight,
		Evicted: func(n *s3fifo.Node[int, int]) { r.evicted = append(r.evicted, n.Key) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if hash == nil {
		r.hash = func(k int) uint32 { return r.cache.Hash(&k) }
	}
	return r
}

func (r *rig) get(key int) {
	r.t.Helper()
	n, e := r.cache.Get(r.hash(key), &key), r.model.get(key)
	if (n == nil) != (e == nil) || n != nil && (n.Key != key || n.Value != e.value) {
		r.t.Fatalf("Get(%d) = %+v, want %+v", key, n, e)
	}
	if n != nil {
		n.Mark()
	}
}

func (r *rig) put(key int, size int64) {
	r.t.Helper()
	r.next++
	h, before := r.hash(key), r.model.find(key)
	if before != nil {
		e := *before
		before = &e
	}
	want := r.model.put(key, r.next, size, r.cache.Evicted(h))
	old, stored := r.cache.Put(h, key, s3fifo.Item[int]{Value: r.next, Size: size})
	if stored != want {
		r.t.Fatalf("Put(%d) of size %d stored: %v", key, size, stored)
	}
	if (old == nil) != (before == nil) || old != nil && (old.Key != key || old.Value != before.value) {
		r.t.Fatalf("Put(%d) replaced %+v, want %+v", key, old, before)
	}
	if !r.collide && want && before == nil && r.cache.Evicted(h) && r.model.find(key) != nil {
		r.t.Fatalf("%d is in the cache and in the ghost queue", key)
	}
}

func (r *rig) remove(key int, byNode bool) {
	r.t.Helper()
	h := r.hash(key)
	n := r.cache.Get(h, &key)
	removed := n != nil
	if !byNode {
		if got := r.cache.Delete(h, &key); got != n {
			r.t.Fatalf("Delete(%d) = %p, want %p", key, got, n)
		}
	} else if removed && (!r.cache.Remove(n) || r.cache.Remove(n)) {
		r.t.Fatalf("Remove(%d) is not true once", key)
	}
	if removed != r.model.remove(key) {
		r.t.Fatalf("%d removed: %v", key, removed)
	}
}

func (r *rig) clear() {
	r.t.Helper()
	if got := r.cache.Clear(); got != r.model.len() {
		r.t.Fatalf("Clear() = %d, want %d", got, r.model.len())
	}
	r.model.small, r.model.main = nil, nil
}

// check compares everything that can be seen.
func (r *rig) check(universe int) {
	r.t.Helper()
	small, main := r.cache.Queues()
	for _, q := range []struct {
		name string
		got  []s3fifo.Place[int]
		want []*modelEntry
	}{{"small", small, r.model.small}, {"main", main, r.model.main}} {
		same := slices.EqualFunc(q.got, q.want, func(p s3fifo.Place[int], e *modelEntry) bool {
			return p.Key == e.key && p.Mark == e.mark
		})
		if !same {
			r.t.Fatalf("%s queue is %v, want %d entries", q.name, q.got, len(q.want))
		}
	}
	if !slices.Equal(r.evicted, r.model.evicted) {
		r.t.Fatalf("evicted %v, want %v", r.evicted, r.model.evicted)
	}
	r.evicted, r.model.evicted = r.evicted[:0], r.model.evicted[:0]
	if r.cache.Len() != r.model.len() || r.cache.Weight() != r.model.weight() {
		r.t.Fatalf("Len() = %d, Weight() = %d, want %d and %d", r.cache.Len(), r.cache.Weight(), r.model.len(), r.model.weight())
	}
	if entries, weight := r.cache.Limits(); entries > 0 && r.cache.Len() > entries || weight > 0 && r.cache.Weight() > weight {
		r.t.Fatalf("Len() = %d, Weight() = %d: over the bounds %d and %d", r.cache.Len(), r.cache.Weight(), entries, weight)
	}
	seen := 0
	for n := range r.cache.All {
		if e := r.model.find(n.Key); e == nil || e.value != n.Value || e.read != n.WasRead() {
			r.t.Fatalf("All yields %+v, want %+v", n, e)
		}
		seen++
	}
	if seen != r.model.len() {
		r.t.Fatalf("All yields %d nodes, want %d", seen, r.model.len())
	}
	for key := range universe {
		n, e := r.cache.Get(r.hash(key), &key), r.model.find(key)
		if (n == nil) != (e == nil) || n != nil && (n.Key != key || n.Value != e.value) {
			r.t.Fatalf("Get(%d) = %+v, want %+v", key, n, e)
		}
	}
}

// step does one random operation.
func (r *rig) step(random *rand.Rand, universe int, maxSize int64) {
	r.t.Helper()
	key := int(float64(universe) * random.Float64() * random.Float64()) // low keys are popular
	switch op := random.IntN(200); {
	case op < 90:
		r.get(key)
	case op < 180:
		r.put(key, random.Int64N(maxSize+1))
	case op < 190:
		r.remove(key, false)
	case op < 199:
		r.remove(key, true)
	case random.IntN(10) == 0:
		r.clear()
	}
}
