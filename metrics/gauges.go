package metrics

import (
	"sync/atomic"
	"time"
)

// Gauges are the values of this moment that a cache knows of itself.
// [RecorderOptions].Gauges gets one in which nothing is known and fills in
// what is.
type Gauges struct {
	Tiers        [2]TierGauges // by [Tier]
	CircuitRead  int8          // the store's circuit for reads: -1 there is none, 0 closed, 1 open
	CircuitWrite int8          // the same for writes
}

// TierGauges are the gauges of one tier; -1 means not known, or no limit.
type TierGauges struct {
	Entries, EntriesLimit int64
	Size, SizeLimit       int64         // bytes
	SizeAge               time.Duration // since Entries and Size were counted; [Unknown] where they always are up to date

	// Shared says that every instance reports the same store, the one that
	// Identity names: of such gauges the newest counts, others are added up.
	Shared   bool
	Identity string
}

var (
	unknownTier   = TierGauges{-1, -1, -1, -1, Unknown, false, ""}
	unknownGauges = Gauges{[2]TierGauges{unknownTier, unknownTier}, -1, -1}
)

// liveGauge is a number of things under way. It is absent from snapshots until
// somebody touches it.
type liveGauge struct {
	n    atomic.Int64
	used atomic.Bool
}

func (g *liveGauge) add(delta int) {
	note(&g.used)
	g.n.Add(int64(delta))
}

// level is a reading of a liveGauge, or a sum of such.
type level struct {
	n    int64
	used bool
}

func (g *liveGauge) read() level { return level{g.n.Load(), g.used.Load()} }

func (l level) plus(m level) level { return level{l.n + m.n, l.used || m.used} }
