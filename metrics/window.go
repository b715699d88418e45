package metrics

import (
	"slices"
	"time"
)

// Window returns what happened during the last d: a second, a minute, anything
// up to a day; more counts as a day. From and To of the result say what it
// really covers: the past is kept in steps of a second for two minutes, of a
// minute for two hours and of a quarter of an hour for a day (longer ones where
// so much happens that its memory would grow over its bound), so From is the
// nearest step, not before the recorder was made. Counts and ratios are exact for
// the span covered; gauges are those of now. A d of 0 or less gives an empty span.
//
// A program that keeps its history on a store goes on over a restart: one call of
// [fleet.Publish], for a registry, has its windows go back to what earlier starts
// of this instance counted, in steps of a minute for three hours and of an hour
// before; see [Registry.Remember].
//
// Where memory hits are sampled at a fixed rate below 1, hits that came while
// nothing else happened are known to lie between two readings, no closer.
//
// A nil *Recorder returns the zero Snapshot, which says "no data".
//
// [fleet.Publish]: https://pkg.go.dev/github.com/cachier-go/cachier/fleet#Publish
func (r *Recorder) Window(d time.Duration) Snapshot {
	if r == nil {
		return Snapshot{}
	}
	if d <= 0 {
		now := time.Now()
		return r.snapshot(noCells, now, now)
	}
	r.advance(time.Since(r.start))
	d = min(d, rings[len(rings)-1].span)
	p := r.past(d)
	sum := newTally()
	sum.add(p.tail)
	for _, d := range p.deltas {
		_ = sum.addDelta(d.data) // our own, so it can be read
	}
	from := p.to.Add(p.from - p.now)
	if want := p.to.Add(-d); want.Before(r.start) {
		from = r.addRemembered(sum, want, from)
	}
	return r.snapshot(sum.cells(), from, p.to)
}

// past is what a window is made of.
type past struct {
	from, now time.Duration // the span, on the recorder's clock
	to        time.Time     // now
	deltas    []delta
	tail      *cells // since the last delta
}

func (r *Recorder) past(d time.Duration) past {
	w := &r.windows
	w.mu.Lock()
	defer w.mu.Unlock()
	c, to := r.read(), time.Now()
	now := max(to.Sub(r.start), w.at)
	want := max(now-d, w.began)
	if w.rings == nil {
		return past{w.began, now, to, nil, c}
	}
	i := 0
	for i < len(rings)-1 && rings[i].span < d {
		i++
	}
	g := &w.rings[i]
	first, from := g.since(want)
	base := w.last.cells
	if i > 0 {
		base = g.reading
	}
	// The ring may move its deltas once the lock is given back.
	return past{from, now, to, slices.Clone(g.deltas[first:]), c.minus(base())}
}

// since returns the first delta of a window that is to begin at want, and where
// it really begins: at the nearer end of the delta that straddles it.
func (g *ring) since(want time.Duration) (first int, from time.Duration) {
	if want >= g.at {
		return len(g.deltas), g.at
	}
	first = len(g.deltas)
	for first > 0 && g.deltas[first-1].from >= want {
		first--
	}
	if first == 0 || g.deltas[first-1].to <= want {
		return first, want // nothing happened between the deltas
	}
	if d := g.deltas[first-1]; want-d.from <= d.to-want {
		return first - 1, d.from
	} else {
		return first, d.to
	}
}
