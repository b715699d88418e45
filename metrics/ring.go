package metrics

import (
	"bytes"
	"slices"
	"time"
)

// rings are the resolutions in which the past is kept. Each ring keeps its own
// deltas, so that a window is put together from one of them. Its memory is
// bounded: a function so busy that its deltas need more gets a coarser past,
// the older the coarser.
var rings = [...]struct {
	step, span time.Duration
	bytes      int
}{
	{time.Second, 2 * time.Minute, firstRingBytes},
	{time.Minute, 2 * time.Hour, 32 << 10},
	{15 * time.Minute, 24 * time.Hour, 24 << 10},
}

const (
	firstRingBytes = 36 << 10
	deltaOverhead  = 48 // bytes a delta takes beside its data
)

// ring is the past in one resolution: deltas, and the reading at the end of the
// last one. Times are those since the recorder was made.
type ring struct {
	deltas []delta // by time, not overlapping; where there is none nothing happened
	bytes  int     // of all deltas
	at     time.Duration
	base   []byte // the reading at that time, as a wide delta from nothing; not of the first ring
}

type delta struct {
	from, to time.Duration
	data     []byte // never written after it was made
}

// reading returns the reading at the end of the last delta.
func (g *ring) reading() *cells {
	if len(g.base) == 0 {
		return noCells
	}
	t := newTally()
	_ = t.addDelta(g.base) // our own, so it can be read
	return t.cells()
}

// add stores what changed since the last delta, if anything, and drops what the
// i-th ring has no room for. All of it had happened by end.
func (g *ring) add(i int, data []byte, end, now time.Duration) {
	if len(data) > 0 {
		g.deltas = append(g.deltas, delta{g.at, max(end, g.at), bytes.Clone(data)})
		g.bytes += len(data) + deltaOverhead
	}
	g.at = now
	drop := 0
	for drop < len(g.deltas) && g.deltas[drop].to <= now-rings[i].span {
		g.bytes -= len(g.deltas[drop].data) + deltaOverhead
		drop++
	}
	g.deltas = slices.Delete(g.deltas, 0, drop)
	for g.bytes > rings[i].bytes && len(g.deltas) > 1 {
		g.merge(now)
	}
}

// merge makes one delta of two neighbours: those that are shortest for their age.
func (g *ring) merge(now time.Duration) {
	best, least := 0, 0.0
	for i := range len(g.deltas) - 1 {
		a, b := &g.deltas[i], &g.deltas[i+1]
		span := float64(b.to-a.from) / float64(now-b.to+time.Second)
		if i == 0 || span < least {
			best, least = i, span
		}
	}
	a, b := g.deltas[best], g.deltas[best+1]
	both := newTally()
	// The deltas are our own, so they can be read.
	_ = both.addDelta(a.data)
	_ = both.addDelta(b.data)
	data := bytes.Clone(appendDelta(nil, both.cells(), noCells, narrow))
	g.deltas[best] = delta{a.from, b.to, data}
	g.deltas = slices.Delete(g.deltas, best+1, best+2)
	g.bytes += len(data) - len(a.data) - len(b.data) - deltaOverhead
}
