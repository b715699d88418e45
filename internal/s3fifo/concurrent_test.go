package s3fifo_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

// history is what is known of one key from outside the cache. Its operations
// are numbered; a put stores its number.
type history struct {
	mu      sync.Mutex   // one operation on the key at a time
	begun   atomic.Int64 // the last operation that has begun
	removed atomic.Int64 // the last removal that has begun
	ended   atomic.Int64 // the last operation that has ended; negative: a removal

	_ [64]byte
}

// value is stored, so that what is read tells where it comes from.
type value struct {
	key int
	seq int64
}

// world is a cache, the histories of its keys, and what may be said of a read.
type world struct {
	t       *testing.T
	cache   *s3fifo.Cache[int, value]
	hash    func(int) uint32
	keys    []history
	evicts  bool
	clear   sync.RWMutex // a Clear is an operation on every key
	stop    atomic.Bool
	reads   atomic.Int64
	present atomic.Int64
}

func newWorld(t *testing.T, keys, entries int, hash func(int) uint32) *world {
	c, err := s3fifo.New(s3fifo.Config[int, value]{MaxEntries: entries})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, cache: c, hash: hash, keys: make([]history, keys), evicts: entries < keys}
	if hash == nil {
		w.hash = func(k int) uint32 { return c.Hash(&k) }
	}
	return w
}

func (w *world) put(k int) {
	w.clear.RLock()
	defer w.clear.RUnlock()
	h := &w.keys[k]
	h.mu.Lock()
	defer h.mu.Unlock()
	seq := h.begun.Add(1)
	w.cache.Put(w.hash(k), k, s3fifo.Item[value]{Value: value{k, seq}})
	h.ended.Store(seq)
}

func (w *world) remove(k int) {
	w.clear.RLock()
	defer w.clear.RUnlock()
	h := &w.keys[k]
	h.mu.Lock()
	defer h.mu.Unlock()
	seq := h.begun.Add(1)
	h.removed.Store(seq)
	w.cache.Delete(w.hash(k), &k)
	h.ended.Store(-seq)
}

func (w *world) clearAll() {
	w.clear.Lock()
	defer w.clear.Unlock()
	for k := range w.keys {
		w.keys[k].removed.Store(w.keys[k].begun.Add(1))
	}
	w.cache.Clear()
	for k := range w.keys {
		w.keys[k].ended.Store(-w.keys[k].begun.Load())
	}
}

// read looks a key up and checks that some order of the operations explains
// what it sees.
func (w *world) read(k int) {
	h := &w.keys[k]
	ended := h.ended.Load()
	n := w.cache.Get(w.hash(k), &k)
	removed, begun := h.removed.Load(), h.begun.Load()
	w.reads.Add(1)
	switch {
	case n == nil && w.evicts:
	case n == nil:
		if ended > 0 && removed <= ended {
			w.t.Errorf("key %d is absent; it was put by operation %d, and the last removal was %d", k, ended, removed)
		}
	case n.Key != k || n.Value.key != k:
		w.t.Errorf("key %d has the node of %d with the value of %d", k, n.Key, n.Value.key)
	case n.Value.seq < ended || n.Value.seq <= -ended:
		w.t.Errorf("key %d has the value of operation %d, after operation %d had ended", k, n.Value.seq, ended)
	case n.Value.seq > begun:
		w.t.Errorf("key %d has the value of operation %d before it began", k, n.Value.seq)
	default:
		w.present.Add(1)
		n.Mark()
	}
}

// run lets readers read while the writers write a number of times each.
func (w *world) run(writes int, writers ...func(*rand.Rand)) {
	var reading, writing sync.WaitGroup
	for i := range 4 {
		reading.Go(func() {
			random := rand.New(rand.NewPCG(6, uint64(i)))
			for !w.stop.Load() && !w.t.Failed() {
				for range 16 {
					w.read(random.IntN(len(w.keys)))
				}
				if random.IntN(8) == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	for i, write := range writers {
		writing.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(i)))
			for range writes {
				write(random)
			}
		})
	}
	writing.Wait()
	w.stop.Store(true)
	reading.Wait()
	w.t.Logf("%d reads, %d found something", w.reads.Load(), w.present.Load())
}

func (w *world) random(r *rand.Rand) {
	k := r.IntN(len(w.keys))
	if r.IntN(3) == 0 {
		w.remove(k)
	} else {
		w.put(k)
	}
}

func TestReadersSeeSomeOrder(t *testing.T) {
	for _, c := range []struct {
		name          string
		keys, entries int
		hash          func(int) uint32
		clear         bool
	}{
		{name: "no eviction", keys: 100, entries: 100},
		{name: "few keys", keys: 3, entries: 10},
		{name: "one hash", keys: 60, entries: 60, hash: colliding["all equal"]},
		{name: "neighbouring buckets", keys: 60, entries: 60, hash: colliding["neighbouring buckets"]},
		{name: "eviction", keys: 200, entries: 50},
		{name: "eviction, one hash", keys: 60, entries: 20, hash: colliding["all equal"]},
		{name: "clear", keys: 50, entries: 50, clear: true},
		{name: "clear, one hash", keys: 50, entries: 50, hash: colliding["all equal"], clear: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.keys, c.entries, c.hash)
			third := w.random
			if c.clear {
				third = func(r *rand.Rand) {
					w.random(r)
					if r.IntN(20) == 0 {
						w.clearAll()
					}
				}
			}
			w.run(6000, w.random, w.random, third)
		})
	}
}

// A key that is only ever replaced is always there.
func TestReplacedIsNeverAbsent(t *testing.T) {
	w := newWorld(t, 20, 20, nil)
	for k := range w.keys {
		w.put(k)
	}
	put := func(r *rand.Rand) { w.put(r.IntN(len(w.keys))) }
	w.run(10_000, put, put)
	if w.reads.Load() != w.present.Load() {
		t.Errorf("%d of %d reads found nothing", w.reads.Load()-w.present.Load(), w.reads.Load())
	}
}

// What is there stays there while the table grows.
func TestGrowthUnderReaders(t *testing.T) {
	for range 10 {
		w := newWorld(t, 4000, 4000, nil)
		var next atomic.Int64
		w.run(1800, func(*rand.Rand) { w.put(int(next.Add(1) - 1)) }, func(*rand.Rand) {
			w.put(int(next.Add(1) - 1))
			if n := int(next.Load()); n%7 == 0 {
				w.remove(n / 2)
			}
		})
	}
}

// A Clear empties the cache for whoever looks afterwards, and nodes that are
// still in a reader's hands stay whole.
func TestNodesOutliveTheirRemoval(t *testing.T) {
	w := newWorld(t, 100, 100, nil)
	for k := range w.keys {
		w.put(k)
	}
	var nodes []*s3fifo.Node[int, value]
	for n := range w.cache.All {
		nodes = append(nodes, n)
	}
	w.clearAll()
	for k := range w.keys {
		w.read(k)
		w.put(k)
	}
	if len(nodes) != 100 || w.present.Load() != 0 {
		t.Fatalf("%d nodes, %d present after Clear", len(nodes), w.present.Load())
	}
	for _, n := range nodes {
		if n.Value.key != n.Key || n.Value.seq != 1 || w.cache.Remove(n) {
			t.Errorf("a removed node has changed, or could be removed again: %+v", n.Value)
		}
	}
}
