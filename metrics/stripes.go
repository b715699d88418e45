package metrics

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// stripes is a counter that many goroutines can add to without disturbing each
// other: padded slots, one of which is chosen by the address of a variable on
// the goroutine's stack.
type stripes []stripe

type stripe struct {
	n atomic.Uint64
	_ [56]byte // the rest of a cache line
}

const (
	stripesPerP = 8 // so that two goroutines seldom share one
	maxStripes  = 512
)

// stripes returns the counter of hits, made with the first one.
func (r *Recorder) stripes() stripes {
	if s := r.ownHits.Load(); s != nil {
		return *s
	}
	n := min(stripesPerP*runtime.GOMAXPROCS(0), maxStripes)
	s := make(stripes, 1<<bits.Len(uint(n-1)))
	r.ownHits.CompareAndSwap(nil, &s)
	return *r.ownHits.Load()
}

func (s stripes) add() {
	var here byte
	// Stacks begin at multiples of 2 KiB or more: mix those bits and use the
	// upper ones. The address is only a number here; nothing is kept of it.
	h := uint64(uintptr(unsafe.Pointer(&here))>>11) * 0x9e3779b97f4a7c15
	s[h>>32&uint64(len(s)-1)].n.Add(1)
}

func (s stripes) sum() (n uint64) {
	for i := range s {
		n += s[i].n.Load()
	}
	return n
}
