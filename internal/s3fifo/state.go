package s3fifo

import "sync/atomic"

// state is what changes of a node: its access mark, whether it was hit, the
// queue it is in, and beside them the caller's flags, which don't change. They
// share a word so that nodes stay small; every change is a compare-and-swap.
//
// The mark counts hits since the last eviction round, up to maxMark. Hits raise
// it without a lock and evictions lower it under one; an increment lost between
// them costs a little accuracy and nothing else. Only the holder of the cache's
// lock changes the queue.
type state struct{ atomic.Uint32 }

const (
	maxMark = 3 // its bits, too
	wasRead = 1 << 2

	none   = 0 // not in the cache any more
	small  = 1 << 3
	main   = 2 << 3
	queues = small | main

	flagsAt = 8
	flags   = 0xff << flagsAt
)

// hit raises the mark. Where it is not the only one to do so it may not.
func (s *state) hit() {
	if was := s.Load(); was&maxMark < maxMark {
		s.CompareAndSwap(was, (was+1)|wasRead)
	}
}

func (s *state) has(bit uint32) bool { return s.Load()&bit != 0 }

func (s *state) mark() uint32 { return s.Load() & maxMark }

func (s *state) queue() uint32 { return s.Load() & queues }

// set changes the bits of the mask.
func (s *state) set(mask, bits uint32) {
	for {
		was := s.Load()
		if s.CompareAndSwap(was, was&^mask|bits) {
			return
		}
	}
}
