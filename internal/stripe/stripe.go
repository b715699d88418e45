// Package stripe counts events exactly, at the price of one atomic add to a
// cache line that is rarely shared, and decides at the price of one load which
// of them are timed.
//
// A [Set] holds about sixteen [Slot]s for each P. A goroutine picks its slot by
// the address of its stack, so goroutines that run at the same time mostly
// touch different cache lines and nothing has to be pinned.
//
// A slot also keeps a reading of the clock that the next events on it may
// reuse. See [Set.Sampled] for when, and for how long.
package stripe

import (
	"math"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Size of a Set.
const (
	slotsPerP  = 16
	maxSlots   = 1024 // 64 KiB: bounds the memory of a Set on large machines
	firstSlots = 8    // before it is known to be busy

	// apart is how far what samples write is kept from what every event reads:
	// two cache lines, because processors fetch them in pairs.
	apart = 128
)

// Slot is one stripe: one cache line.
type Slot struct {
	// Count is the number of events on this slot. Whoever has finished an
	// event adds 1; nobody ever subtracts.
	Count atomic.Uint64
	// Next is the count from which on an event is to be sampled.
	Next atomic.Uint64
	// Now is a reading of the clock that may be reused; 0: read the clock.
	Now atomic.Int64

	// The rest belongs to the one sampled event that set busy.
	busy     atomic.Uint32
	random   uint32 // state of a xorshift generator; never 0
	lastTime int64  // when the last sampled event ended
	last     uint32 // the lower half of Count then
	pace     uint32 // events for each sampled one, as they came then
	recorded uint64 // Count at the last sampled event that was recorded
	record   uint64 // Count from which on a sampled event is to be recorded
}

// A Slot must fill a cache line, or neighbours slow each other down.
var _ [64]byte = [unsafe.Sizeof(Slot{})]byte{}

// block is one generation of slots; a Set starts with a small one and moves to
// a large one when it turns out to be busy. Counts stay where they were made.
type block struct {
	slots []Slot
	shift uint // turns a 64-bit product into an index

	_ [apart]byte // every event reads what is above, samples write what is below

	// published has a bit for every slot whose Now was set since the timer ran.
	published [maxSlots / 64]atomic.Uint64
}

func newBlock(n int) *block {
	return &block{slots: make([]Slot, n), shift: uint(64 - bits.Len(uint(n-1)))}
}

// Config says how a Set samples.
type Config struct {
	// Rate is the mean share of events to record, 0 to 1. Negative: automatic,
	// every event while they come slowly, down to 1 in 1024 when they come fast.
	Rate float64
	// Clock says that events need the time, so that even where nothing is
	// recorded one in about 64 has to renew the reading that others reuse.
	Clock bool
	// Exact forbids reusing a reading.
	Exact bool
}

// Set is a striped counter. Create it with [New]; it must not be copied.
type Set struct {
	config Config

	current atomic.Pointer[block]
	first   *block // where counting began; counted for ever

	_ [apart]byte // as in block

	grown atomic.Bool // current is the large block
	armed atomic.Bool // the timer that ends the reuse of readings is running

	mu    sync.Mutex  // protects growing, and timer
	timer *time.Timer // nil until a reading is first published
}

// New makes a Set. It starts no goroutine and no timer.
func New(c Config) *Set {
	s := &Set{config: c, first: newBlock(firstSlots)}
	s.seed(s.first)
	s.current.Store(s.first)
	return s
}

func (s *Set) seed(b *block) {
	for i := range b.slots {
		slot := &b.slots[i]
		slot.random = uint32(i)*0x9e3779b9 + 1
		if s.config.Rate == 0 {
			slot.record = math.MaxUint64
			if !s.config.Clock {
				slot.Next.Store(math.MaxUint64)
			}
		}
	}
}

// Pick returns the slot of the calling goroutine. Two calls may return
// different slots; an event uses one from its start to its end.
func (s *Set) Pick() *Slot {
	var here byte
	b := s.current.Load()
	at := uint64(uintptr(unsafe.Pointer(&here))) >> 10 // stacks are at least 2 KiB apart
	return &b.slots[at*0x9e3779b97f4a7c15>>(b.shift&63)]
}

// index is the slot's place in the block, -1 if it is another block's.
func (b *block) index(slot *Slot) int {
	at := uintptr(unsafe.Pointer(slot)) - uintptr(unsafe.Pointer(&b.slots[0]))
	if i := at / unsafe.Sizeof(Slot{}); i < uintptr(len(b.slots)) {
		return int(i)
	}
	return -1
}

// Sum returns the number of events so far. Successive sums never fall.
func (s *Set) Sum() uint64 {
	var n uint64
	for i := range s.first.slots {
		n += s.first.slots[i].Count.Load()
	}
	if b := s.current.Load(); b != s.first {
		for i := range b.slots {
			n += b.slots[i].Count.Load()
		}
	}
	return n
}

// grow moves new events to a block of the full size.
func (s *Set) grow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grown.Load() {
		return
	}
	n := 1 << bits.Len(uint(slotsPerP*runtime.GOMAXPROCS(0)-1))
	b := newBlock(min(max(n, firstSlots), maxSlots))
	s.seed(b)
	s.current.Store(b)
	s.grown.Store(true)
}
