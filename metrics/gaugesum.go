package metrics

import (
	"cmp"
	"slices"
	"time"
)

// gaugeSet is a snapshot's gauges, kept so that they can be added: those of
// instances as sums, those of shared stores one by one. It is never written
// after it was made.
type gaugeSet struct {
	inFlight, waiters level
	circuits          [2]int8
	own               [2]TierGauges
	shared            []sharedGauges // by rising key
}

type sharedGauges struct {
	tier           Tier
	name, identity string
	at             time.Time // when the store was counted
	g              TierGauges
}

// compare orders by what is counted: one function's entries in one store.
func (s sharedGauges) compare(t sharedGauges) int {
	return cmp.Or(cmp.Compare(s.tier, t.tier), cmp.Compare(s.name, t.name), cmp.Compare(s.identity, t.identity))
}

func newGaugeSet(name string, g Gauges, now time.Time) *gaugeSet {
	set := &gaugeSet{own: unknownGauges.Tiers, circuits: [2]int8{g.CircuitRead, g.CircuitWrite}}
	for i, t := range g.Tiers {
		if t.Shared {
			at := now.Add(-max(t.SizeAge, 0))
			set.shared = append(set.shared, sharedGauges{Tier(i), name, t.Identity, at, t})
		} else {
			set.own[i] = t
		}
	}
	return set
}

func (s *gaugeSet) plus(t *gaugeSet) *gaugeSet {
	if s == nil || t == nil {
		if s == nil {
			return t
		}
		return s
	}
	sum := &gaugeSet{inFlight: s.inFlight.plus(t.inFlight), waiters: s.waiters.plus(t.waiters)}
	for i := range sum.own {
		sum.own[i] = s.own[i].plus(t.own[i])
		sum.circuits[i] = max(s.circuits[i], t.circuits[i])
	}
	sum.shared = slices.Concat(s.shared, t.shared)
	slices.SortStableFunc(sum.shared, func(a, b sharedGauges) int {
		return cmp.Or(a.compare(b), newestFirst(a, b))
	})
	sum.shared = slices.CompactFunc(sum.shared, func(a, b sharedGauges) bool { return a.compare(b) == 0 })
	return sum
}

// newestFirst orders readings of one store; equally old ones by size, so that
// the order in which they are added doesn't matter.
func newestFirst(a, b sharedGauges) int {
	return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.g.Entries, a.g.Entries), cmp.Compare(b.g.Size, a.g.Size),
		cmp.Compare(b.g.EntriesLimit, a.g.EntriesLimit), cmp.Compare(b.g.SizeLimit, a.g.SizeLimit))
}

// plus adds what is known of both.
func (g TierGauges) plus(h TierGauges) TierGauges {
	if g == unknownTier {
		return h
	}
	if h == unknownTier {
		return g
	}
	return TierGauges{
		known(g.Entries, h.Entries), known(g.EntriesLimit, h.EntriesLimit),
		known(g.Size, h.Size), known(g.SizeLimit, h.SizeLimit),
		max(g.SizeAge, h.SizeAge), g.Shared || h.Shared, same(g.Identity, h.Identity),
	}
}

func known(a, b int64) int64 {
	if a < 0 || b < 0 {
		return max(a, b)
	}
	return a + b
}

// total is what all instances and stores have together.
func (s *gaugeSet) total() Gauges {
	if s == nil {
		return unknownGauges
	}
	g := Gauges{s.own, s.circuits[0], s.circuits[1]}
	for _, shared := range s.shared {
		g.Tiers[shared.tier] = g.Tiers[shared.tier].plus(shared.g)
	}
	return g
}
