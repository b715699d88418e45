package metrics

import (
	"bytes"
	"slices"
	"time"
)

// rings are the resolutions in which the past is kept. Each ring keeps its own
// deltas, so that a window is put together from one of them.
var rings = [...]struct{ step, span time.Duration }{
	{time.Second, 2 * time.Minute},
	{time.Minute, 2 * time.Hour},
	{15 * time.Minute, 24 * time.Hour},
}

// ringBytes bounds the memory of a ring. A function so busy that its deltas
// need more gets a coarser past, the older the coarser.
const (
	ringBytes     = 32 << 10
	deltaOverhead = 48 // bytes a delta takes beside its data
)

// ring is the past in one resolution: deltas, and the reading at the end of the
// last one. Times are those since the recorder was made.
type ring struct {
	deltas []delta // by time, not overlapping; where there is none nothing happened
	bytes  int     // of all deltas
	at     time.Duration
	base   *cells // the reading at that time
}

type delta struct {
	from, to time.Duration
	data     []byte // never written after it was made
}

// close stores what changed since the last reading. All of it had happened by end.
func (g *ring) close(c *cells, end, now time.Duration, span time.Duration) (changed bool) {
	var room [2048]byte
	if data := appendDelta(room[:0], c, g.base); len(data) > 0 {
		g.deltas = append(g.deltas, delta{g.at, max(end, g.at), bytes.Clone(data)})
		g.bytes += len(data) + deltaOverhead
		g.base = c
		changed = true
	}
	g.at = now
	drop := 0
	for drop < len(g.deltas) && g.deltas[drop].to <= now-span {
		g.bytes -= len(g.deltas[drop].data) + deltaOverhead
		drop++
	}
	g.deltas = slices.Delete(g.deltas, 0, drop)
	for g.bytes > ringBytes && len(g.deltas) > 1 {
		g.merge(now)
	}
	return changed
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
	data := bytes.Clone(appendDelta(nil, both.cells(), noCells))
	g.deltas[best] = delta{a.from, b.to, data}
	g.deltas = slices.Delete(g.deltas, best+1, best+2)
	g.bytes += len(data) - len(a.data) - len(b.data) - deltaOverhead
}
