package cachier

import (
	"strings"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/keyform"
	"github.com/cachier-go/cachier/metrics"
)

// notices are what the tier in front of a backend is told of its keys, so that
// what another process stored or removed does not stay in it.
//
// Two things follow from that events come late. A value that was fetched from
// the backend, or stored there, enters the tier only if nothing was told of its
// key since before: each event raises a version of the key's shard. And the
// event of a value that this process has just stored would remove the value
// itself: the first such event of a key is taken for its own. Should it have
// been another's, from before, then the next one is its own, which removes the
// value: for a change too many, never one too few.
//
// mu is taken within flights.mu, and the tier's lock within mu.
type notices[K any] struct {
	mu       sync.Mutex             // protects what follows
	versions [shards]uint32         // by the hash of a key's tail
	known    map[uint64]localKey[K] // what may be in the tier, likewise
	most     int                    // known is tidied up at this length
	own      map[uint64]int64       // events that are expected for what this process stored: until when
}

// localKey is how a key is looked up in memory: what an event tells is its form
// on the backend, from which there is no way back.
type localKey[K any] struct {
	key  K
	text string // its encoding, where it is looked up by that
}

// shards is among how many versions the keys are spread.
const shards = 64

const (
	// ownEvent is how long the event of a value that this process stores is
	// expected, from before it is stored. One that comes later costs a look at
	// the backend.
	ownEvent = 5 * time.Second

	// maxOwn bounds the events that are expected at a time.
	maxOwn = 4096
)

// notice is what had been told of a key at some moment.
type notice struct {
	hash    uint64 // of the key's tail: what follows the prefix that all keys of a version share
	version uint32
}

func newNotices[K any](maxEntries int) *notices[K] {
	return &notices[K]{known: map[uint64]localKey[K]{}, own: map[uint64]int64{}, most: 2*maxEntries + 64}
}

// noticed returns what has been told of a key so far; nothing where there is
// nobody who tells.
func (e *engine[K, V]) noticed(text string) notice {
	n := e.notices
	if n == nil {
		return notice{}
	}
	hash := keyform.StableHash(keyform.Join("", []byte(text)))
	n.mu.Lock()
	defer n.mu.Unlock()
	return notice{hash, n.versions[hash%shards]}
}

// expect says that this process is about to store a key, which it will be told
// of as well.
func (e *engine[K, V]) expect(text string) notice {
	since := e.noticed(text)
	if n := e.notices; n != nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		if len(n.own) >= maxOwn {
			clear(n.own) // more than come back: the tier does with less
		}
		n.own[since.hash] = clock.Now() + int64(ownEvent)
	}
	return since
}

// unexpect says that nothing was stored, as far as is known. What was taken for
// the event of that was another's, then.
func (e *engine[K, V]) unexpect(since notice) {
	if n := e.notices; n != nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		if _, still := n.own[since.hash]; still {
			delete(n.own, since.hash)
		} else {
			e.outdated(since.hash)
		}
	}
}

// isOwn reports whether an event is the one that is expected; mu is held.
func (n *notices[K]) isOwn(hash uint64) bool {
	until, ok := n.own[hash]
	delete(n.own, hash)
	return ok && clock.Now() <= until
}

// enter puts an entry into the tier in front of the backend, unless its key was
// told of since, and reports whether it is there.
func (e *engine[K, V]) enter(key K, text string, en entry[V], since notice) (stored bool) {
	n := e.notices
	if n == nil {
		return e.place(key, text, en)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.versions[since.hash%shards] != since.version {
		return false
	}
	if len(n.known) >= n.most {
		e.tidy()
	}
	at := localKey[K]{key: key}
	if e.local.coded != nil {
		at.text = text
	}
	n.known[since.hash] = at
	return e.place(key, text, en)
}

// tidy forgets the keys that have left the tier, of which it is not told; mu is
// held.
func (e *engine[K, V]) tidy() {
	for hash, at := range e.notices.known {
		if _, ok := e.local.get(at.key, at.text); !ok {
			delete(e.notices.known, hash)
		}
	}
}

// told takes out of the tier in front of the backend what an event says is out
// of date.
func (e *engine[K, V]) told(event backend.Event) {
	n := e.notices
	n.mu.Lock()
	defer n.mu.Unlock()
	switch event.Kind {
	case backend.EventGap:
		e.forget(metrics.RemovalInvalidated)
	case backend.EventCleared:
		e.forget(metrics.RemovalCleared)
	case backend.EventStored, backend.EventDeleted:
		tail, ok := strings.CutPrefix(event.Key, e.store.version)
		hash := keyform.StableHash(tail)
		if !ok || event.Kind == backend.EventStored && n.isOwn(hash) {
			return
		}
		e.outdated(hash)
	}
}

// outdated takes one key out of the tier in front of the backend; notices.mu is
// held.
func (e *engine[K, V]) outdated(hash uint64) {
	n := e.notices
	n.versions[hash%shards]++
	at, ok := n.known[hash]
	delete(n.known, hash)
	if ok && e.local.remove(at.key, at.text) {
		e.invalidated(metrics.TierLocal, metrics.RemovalInvalidated, 1)
	}
}

// forget empties the tier in front of the backend; notices.mu is held.
func (e *engine[K, V]) forget(reason metrics.Removal) {
	n := e.notices
	for shard := range n.versions {
		n.versions[shard]++
	}
	clear(n.known)
	clear(n.own)
	if removed := e.local.clear(); removed > 0 {
		e.invalidated(metrics.TierLocal, reason, removed)
	}
}
