package cachier

import (
	"context"
	"sync"
	"sync/atomic"
)

// maxBlocked is how many keys are remembered whose invalidation failed. With
// more, all are blocked.
const maxBlocked = 1024

// blocks are the keys whose entries on the backend must not be served, because
// somebody asked for their removal and the backend failed. Each reader tries
// again; until that works it computes, and stores nothing.
type blocks struct {
	any atomic.Bool // something is blocked; spares readers the lock

	mu   sync.Mutex          // protects what follows
	keys map[string]struct{} // by encoding
	all  bool
}

// add blocks a key.
func (b *blocks) add(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys == nil {
		b.keys = map[string]struct{}{}
	}
	if len(b.keys) >= maxBlocked {
		b.all = true
	} else {
		b.keys[key] = struct{}{}
	}
	b.any.Store(true)
}

// addAll blocks every key.
func (b *blocks) addAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = true
	b.any.Store(true)
}

// remove unblocks a key, which has been removed by now. It does not where all
// are blocked.
func (b *blocks) remove(key string) {
	if !b.any.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.keys, key)
	b.any.Store(b.all || len(b.keys) > 0)
}

// removeAll unblocks every key, after everything has been removed.
func (b *blocks) removeAll() {
	if !b.any.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys, b.all = nil, false
	b.any.Store(false)
}

// settle remembers whether the invalidation of a key worked.
func (e *engine[K, V]) settle(text string, err error) {
	switch {
	case e.store == nil:
	case err != nil:
		e.store.blocks.add(text)
	default:
		e.store.blocks.remove(text)
	}
}

// settleAll remembers whether the invalidation of everything worked.
func (e *engine[K, V]) settleAll(err error) {
	switch {
	case e.store == nil:
	case err != nil:
		e.store.blocks.addAll()
	default:
		e.store.blocks.removeAll()
	}
}

// cleared reports whether the backend may be read for a key: nothing is
// blocked, or the invalidation that failed works now.
func (s *store[V]) cleared(ctx context.Context, text string) bool {
	blocked, all := s.blocks.has(text)
	switch {
	case !blocked:
		return true
	case s.circuits.write.Open() && !s.circuits.write.Allow():
		return false
	case all:
		if s.clear(ctx) != nil {
			return false
		}
		s.blocks.removeAll()
	default:
		if s.delete(ctx, text) != nil {
			return false
		}
		s.blocks.remove(text)
	}
	return true
}

// has reports whether a key is blocked, and whether all are.
func (b *blocks) has(key string) (blocked, all bool) {
	if !b.any.Load() {
		return false, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	_, blocked = b.keys[key]
	return blocked || b.all, b.all
}
