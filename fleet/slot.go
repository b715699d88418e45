package fleet

import (
	"slices"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// slot is a span that isn't over.
type slot struct {
	span
	number int64
	from   time.Time
	base   []metrics.Snapshot // by number, what had been counted before

	pending bool // there are counts that were not written
}

// roll begins the next span when that in a slot is over. It goes on from where
// counts were last taken, so that whatever is asked for of the time since is
// found in the span in which it ended.
func (p *publisher) roll(s *slot, now time.Time) {
	next := s.span.number(now)
	if next == s.number {
		return
	}
	if s.pending {
		p.late = append(p.late, p.spanRecord(s))
	}
	*s = slot{s.span, next, p.counted, slices.Clone(p.counts), false}
}

// spanRecord is what was counted in a span so far.
func (p *publisher) spanRecord(s *slot) write {
	r := spanned{from: s.from, to: p.counted, layout: metrics.Layout{}.ID()}
	for i, c := range p.counts {
		if packed := since(c, s.base, i).AppendPacked(nil, s.length == time.Hour); len(packed) > 0 {
			r.counts = append(r.counts, counted{i, packed})
		}
	}
	return write{p.keys.span(p.id, s.span, s.number), r.encode(), s.start(s.number + 1).Add(s.keep), s.length}
}

// since is what a function counted after a base.
func since(s metrics.Snapshot, base []metrics.Snapshot, i int) metrics.Snapshot {
	if i < len(base) {
		return s.Minus(base[i])
	}
	return s
}

// mostLate bounds the records that are kept of a time in which the store can't
// be written to: all of its last three hours, and the hours of two days before.
const mostLate = 256

// boundLate drops what nobody would find any more. Where the rest is too much, it
// drops minutes first and hours last: the longer spans tell of the shorter ones.
func (p *publisher) boundLate(now time.Time) {
	p.late = slices.DeleteFunc(p.late, func(w write) bool { return !now.Before(w.expires) })
	for _, s := range spans {
		for len(p.late) > mostLate {
			i := slices.IndexFunc(p.late, func(w write) bool { return w.length == s.length })
			if i < 0 {
				break
			}
			p.late = slices.Delete(p.late, i, i+1)
			p.dropped++
		}
	}
}

// Dropped implements [metrics.Dropper]: records that were given up because too
// many of them could not be written.
func (p *publisher) Dropped() map[string]uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dropped == 0 {
		return nil
	}
	return map[string]uint64{"queue_full": p.dropped}
}
