package metrics

import (
	"math"
	"sync/atomic"
)

const (
	chunkLen  = 16 // buckets that are allocated together: two octaves
	numChunks = 31
	spanLen   = chunkLen * numChunks // buckets that can be told apart: 62 octaves

	// The lowest bucket: seconds begin at a nanosecond, bytes at one.
	lowestSeconds = -240
	lowestBytes   = 0
)

// lowest is the lowest bucket of the histogram in a cell.
func lowest(cell int) int32 {
	if cell == families[mEntrySize].first || cell == families[mRejectedSize].first {
		return lowestBytes
	}
	return lowestSeconds
}

type chunk [chunkLen]atomic.Uint64

// liveHistogram is a histogram that is written to. A value is two atomic
// additions; chunks of buckets appear when their first value does. The count
// is not kept: it is the sum of the buckets, so a reading is never torn
// between the two.
type liveHistogram struct {
	chunks    [numChunks]atomic.Pointer[chunk]
	zero      atomic.Uint64
	sum       atomicFloat
	estimated atomic.Bool
	lowest    int32
}

// observe adds a value that stands for weight values.
func (h *liveHistogram) observe(v float64, weight uint64) {
	if v <= 0 {
		h.zero.Add(weight)
		return
	}
	i := min(max(BucketIndex(v)-int(h.lowest), 0), spanLen-1)
	c := h.chunks[i/chunkLen].Load()
	if c == nil {
		c = h.grow(i / chunkLen)
	}
	c[i%chunkLen].Add(weight)
	h.sum.add(v * float64(weight))
}

func (h *liveHistogram) grow(i int) *chunk {
	h.chunks[i].CompareAndSwap(nil, new(chunk))
	return h.chunks[i].Load() // ours, or that of whoever was faster
}

// used counts the buckets that aren't empty.
func (h *liveHistogram) used() (n int) {
	for i := range h.chunks {
		if c := h.chunks[i].Load(); c != nil {
			for j := range c {
				if c[j].Load() != 0 {
					n++
				}
			}
		}
	}
	return n
}

// read returns the histogram as it is. Its buckets are appended to slab, which
// is returned, so that all histograms of a snapshot share one allocation.
func (h *liveHistogram) read(slab []bucket) (Buckets, []bucket) {
	b := Buckets{ZeroCount: h.zero.Load(), Sum: h.sum.load(), Estimated: h.estimated.Load()}
	b.Count = b.ZeroCount
	first := len(slab)
	for i := range h.chunks {
		c := h.chunks[i].Load()
		if c == nil {
			continue
		}
		for j := range c {
			if n := c[j].Load(); n != 0 {
				slab = append(slab, newBucket(h.lowest+int32(i*chunkLen+j), n))
				b.Count += n
			}
		}
	}
	b.sparse = slab[first:len(slab):len(slab)]
	return b, slab
}

// atomicFloat is a sum that many goroutines add to.
type atomicFloat struct{ bits atomic.Uint64 }

func (f *atomicFloat) load() float64 { return math.Float64frombits(f.bits.Load()) }

func (f *atomicFloat) add(v float64) {
	for {
		old := f.bits.Load()
		if f.bits.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+v)) {
			return
		}
	}
}
