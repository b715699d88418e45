package cachier

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
)

// maxBlocked is how many keys are remembered whose invalidation failed. With
// more, all are blocked.
const maxBlocked = 1024

// blocks are the keys whose entries on the backend must not be served, because
// somebody asked for their removal and the backend failed. Each reader tries
// again; until that works it computes, and stores nothing.
//
// Blocks are numbered: what has been removed since some moment unblocks what
// was blocked until then, and nothing that was blocked later.
type blocks struct {
	any     atomic.Bool // something is blocked; spares readers the lock
	healing sync.Mutex  // held by the one reader who tries to clear everything

	mu   sync.Mutex        // protects what follows
	last uint64            // number of the latest block
	keys map[string]uint64 // by encoding
	all  uint64            // 0: not all are blocked
}

// until returns the number of the latest block.
func (b *blocks) until() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// add blocks a key.
func (b *blocks) add(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys == nil {
		b.keys = map[string]uint64{}
	}
	b.last++
	if _, known := b.keys[key]; known || len(b.keys) < maxBlocked {
		b.keys[key] = b.last
	} else {
		b.all = b.last
	}
	b.any.Store(true)
}

// addAll blocks every key.
func (b *blocks) addAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	b.all = b.last
	b.any.Store(true)
}

// remove unblocks a key, which has been removed since the given block. It does
// not where all are blocked.
func (b *blocks) remove(key string, until uint64) {
	if !b.any.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys[key] <= until {
		delete(b.keys, key)
	}
	b.any.Store(b.all > 0 || len(b.keys) > 0)
}

// removeAll unblocks every key, after everything has been removed since the
// given block.
func (b *blocks) removeAll(until uint64) {
	if !b.any.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.keys, func(_ string, n uint64) bool { return n <= until })
	if b.all <= until {
		b.all = 0
	}
	b.any.Store(b.all > 0 || len(b.keys) > 0)
}

// has reports whether a key is blocked, and whether all are, with the number of
// the latest block.
func (b *blocks) has(key string) (until uint64, blocked, all bool) {
	if !b.any.Load() {
		return 0, false, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	_, blocked = b.keys[key]
	return b.last, blocked || b.all > 0, b.all > 0
}

// settle returns what remembers whether the invalidation of a key, which begins
// now, has worked.
func (e *engine[K, V]) settle(text string, err *error) func() {
	if e.store == nil {
		return func() {}
	}
	until := e.store.blocks.until()
	return func() {
		if *err != nil {
			e.store.blocks.add(text)
		} else {
			e.store.blocks.remove(text, until)
		}
	}
}

// settleAll returns what remembers whether the invalidation of everything,
// which begins now, has worked.
func (e *engine[K, V]) settleAll(err *error) func() {
	if e.store == nil {
		return func() {}
	}
	until := e.store.blocks.until()
	return func() {
		if *err != nil {
			e.store.blocks.addAll()
		} else {
			e.store.blocks.removeAll(until)
		}
	}
}

// cleared reports whether the backend may be read for a key: nothing is
// blocked, or the invalidation that failed works now.
func (s *store[V]) cleared(ctx context.Context, text string) bool {
	until, blocked, all := s.blocks.has(text)
	switch {
	case !blocked:
		return true
	case all:
		return s.heal(ctx, until)
	case s.circuits.write.Open() && !s.circuits.write.Allow():
		return false
	case s.delete(ctx, text) != nil:
		return false
	}
	s.blocks.remove(text, until)
	return true
}

// heal makes up for a Clear that failed. One reader at a time tries, for no
// longer than one operation may take: where that is too short for all that
// there is, the next one goes on.
func (s *store[V]) heal(ctx context.Context, until uint64) bool {
	if !s.blocks.healing.TryLock() {
		return false
	}
	defer s.blocks.healing.Unlock()
	if s.circuits.write.Open() && !s.circuits.write.Allow() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if s.clear(ctx) != nil {
		return false
	}
	s.blocks.removeAll(until)
	return true
}
