package metrics

import (
	"slices"
	"time"

	"github.com/cachier-go/cachier/internal/identity"
)

// remembered is what a function counted before its recorder was made, in an earlier
// start of the program. It never changes.
type remembered []rememberedSpan // by rising end

type rememberedSpan struct {
	from, to time.Time
	packed   []byte
}

// Remember gives the registry what an earlier start of this program counted,
// one Snapshot per function and span, so that windows go on over a restart:
// [Recorder.Window] and [Registry.Windows] have it of a function from when its
// first recorder is registered. Everything else, such as [Recorder.Snapshot] and
// what exporters are given, stays with this process. Spans of one function must
// not overlap; those that ended more than a day ago are dropped. It costs about a
// hundred bytes for each.
func (g *Registry) Remember(spans []Snapshot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	oldest := time.Now().Add(-rings[len(rings)-1].span)
	changed := map[string]remembered{}
	for _, s := range spans {
		packed := s.AppendPacked(nil, false)
		if len(packed) == 0 || s.To.Before(oldest) {
			continue
		}
		key := identity.Of(s.Name, s.Labels)
		if _, ok := changed[key]; !ok {
			changed[key] = slices.Clone(g.remembered[key])
		}
		changed[key] = append(changed[key], rememberedSpan{s.From, s.To, packed})
	}
	for key, e := range changed {
		slices.SortStableFunc(e, func(a, b rememberedSpan) int { return a.to.Compare(b.to) })
		if g.remembered == nil {
			g.remembered = map[string]remembered{}
		}
		g.remembered[key] = e
		if of := g.groups[key]; of != nil && len(of.live) > 0 {
			of.live[0].remembered.Store(&e)
		}
	}
}

// addRemembered adds what was counted from a time on, before r was made, and
// returns from when on that is: at the nearer end of a span that straddles it.
func (r *Recorder) addRemembered(sum *tally, want, from time.Time) time.Time {
	e := r.remembered.Load()
	if e == nil {
		return from
	}
	for _, s := range slices.Backward(*e) {
		if s.to.Add(s.from.Sub(s.to)/2).Before(want) && s.from.Before(want) {
			continue
		}
		_ = sum.addDelta(s.packed) // our own, so it can be read
		from = earlier(from, s.from)
	}
	return from
}
