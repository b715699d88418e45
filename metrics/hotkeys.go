package metrics

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

const (
	defaultHotKeys = 32
	maxHotKeys     = 256 // they are searched one by one
)

// HotKey is one of the keys asked for most.
type HotKey struct {
	Hash  string // short hash, the same for the same key as long as its KeyHash is
	Key   string // the key itself, only where keys are revealed
	Count uint64 // calls for it, at most Error too high
	Error uint64 // 0: exact
}

// hotKeys follows the keys asked for most with the Space-Saving algorithm
// (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k
// Elements in Data Streams", 2005): a key not among them takes the place of the
// least one and inherits its count as its error. A key with more than 1/k of
// all calls is always among them.
type hotKeys struct {
	mu     sync.Mutex // protects all; held for one search
	hashes []uint64   // apart from the rest, so that a search reads few lines
	counts []uint64   // likewise
	rest   []hotEntry // what no search reads
}

type hotEntry struct {
	key  string
	over uint64
}

// touch counts weight calls for a key. Its text is asked for only where keys
// are revealed.
func (r *Recorder) touch(hash, weight uint64, key string, text func() string) {
	if r.hotLimit < 0 {
		return
	}
	h := r.hot.Load()
	if h == nil {
		r.hot.CompareAndSwap(nil, &hotKeys{
			hashes: make([]uint64, 0, r.hotLimit), counts: make([]uint64, 0, r.hotLimit),
			rest: make([]hotEntry, 0, r.hotLimit),
		})
		h = r.hot.Load()
	}
	h.mu.Lock()
	defer h.mu.Unlock() // also if text panics
	i := slices.Index(h.hashes, hash)
	if i >= 0 {
		h.counts[i] += weight
		return
	}
	var entry hotEntry
	if r.reveal {
		if entry.key = key; text != nil {
			entry.key = text()
		}
	}
	if len(h.hashes) < cap(h.hashes) {
		h.hashes, h.counts, h.rest = append(h.hashes, hash), append(h.counts, weight), append(h.rest, entry)
		return
	}
	least, fewest := 0, h.counts[0]
	for i, n := range h.counts {
		if n < fewest {
			least, fewest = i, n
		}
	}
	entry.over = fewest
	h.hashes[least], h.counts[least], h.rest[least] = hash, fewest+weight, entry
}

// HotKeys returns the keys asked for most since r was made, the hottest first,
// as far as calls came with a KeyHash. Memory hits count by the weight of their
// samples. The slice is the caller's; it is nil for a nil *Recorder.
func (r *Recorder) HotKeys() []HotKey {
	if r == nil {
		return nil
	}
	h := r.hot.Load()
	if h == nil {
		return nil
	}
	h.mu.Lock()
	all := make([]HotKey, len(h.hashes))
	for i, rest := range h.rest {
		all[i] = HotKey{fmt.Sprintf("%08x", h.hashes[i]>>32), rest.key, h.counts[i], rest.over}
	}
	h.mu.Unlock()
	slices.SortFunc(all, func(a, b HotKey) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Error, b.Error), cmp.Compare(a.Hash, b.Hash))
	})
	return all
}
