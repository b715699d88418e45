package replay

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/trace"
	"github.com/cachier-go/cachier/metrics"
)

// report fills in what was found.
func (p *player[K]) report(t *trace.Reader, o Options, complete bool, took time.Duration) *Report {
	s := p.f.Metrics().Snapshot()
	total := tallyOf(s, p.money)
	r := &Report{
		Complete: complete,
		Trace: Trace{
			File: t.Name(), Format: t.Format().String(), Compression: t.Compression().String(),
			Columns: columnNames(t.Columns()),
		},
		Cache:    cacheOf(o, s.Gauges().Tiers[metrics.TierLocal]),
		Calls:    s.Calls(),
		Outcomes: outcomesOf(total),
		Misses:   missesOf(s),
		Removals: Removals{removed(s, metrics.RemovalCapacity), removed(s, metrics.RemovalExpired)},
		Ratios:   Ratios{known(s.HitRatio()), known(s.FreshRatio()), known(s.OffloadRatio())},
		Windows:  p.windows.table(t.Columns().Cost),
		Latency: Latencies{
			latencyOf(s.Latency(metrics.Hit)), latencyOf(s.Latency(metrics.Miss)), latencyOf(s.LatencyAll()),
		},
		Speed: Speed{
			Seconds: took.Seconds(), CacheSeconds: p.cached.Seconds(),
			CallsPerSecond: known(float64(s.Calls()) / p.cached.Seconds()),
		},
	}
	if t.Columns().Time && p.at != nil {
		r.Trace.Span = known(p.at.Time.Seconds())
	}
	if t.Columns().Cost {
		r.Cost = costOf(p.money)
	}
	return r
}

func outcomesOf(t tally) Outcomes {
	return Outcomes{
		t.outcomes[metrics.Hit], t.outcomes[metrics.Stale], t.outcomes[metrics.Miss],
		t.outcomes[metrics.Coalesced], t.outcomes[metrics.Bypass],
	}
}

func columnNames(c trace.Columns) []string {
	names := []string{}
	for _, column := range []struct {
		has  bool
		name string
	}{{c.Time, "time"}, {c.Size, "size"}, {c.Cost, "cost"}} {
		if column.has {
			names = append(names, column.name)
		}
	}
	return names
}

func cacheOf(o Options, g metrics.TierGauges) Cache {
	c := Cache{MaxEntries: o.MaxEntries, MaxWeight: o.MaxWeight}
	if c.MaxEntries == 0 && g.EntriesLimit > 0 {
		c.MaxEntries = int(g.EntriesLimit)
	}
	if o.TTL > 0 {
		c.TTL = known(o.TTL.Seconds())
	}
	if g.Entries >= 0 {
		c.Entries = &g.Entries
	}
	if g.Size >= 0 && o.MaxWeight > 0 {
		c.Weight = &g.Size
	}
	return c
}

// missesOf lists the reasons of the misses, the most frequent first.
func missesOf(s metrics.Snapshot) []Reason {
	list := []Reason{}
	for _, r := range metrics.Miss.Reasons() {
		if n := s.Misses(r); n > 0 {
			list = append(list, Reason{r.String(), n})
		}
	}
	slices.SortStableFunc(list, func(a, b Reason) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

func removed(s metrics.Snapshot, why metrics.Removal) (n uint64) {
	for _, read := range []metrics.Read{metrics.ReadUnknown, metrics.ReadYes, metrics.ReadNo} {
		n += s.Removals(metrics.TierLocal, why, read)
	}
	return n
}

func costOf(c costs) *Cost { return &Cost{c.computed.Seconds(), c.saved.Seconds()} }

func latencyOf(h metrics.Histogram) Latency {
	l := Latency{Count: h.Count(), Estimated: h.Estimated()}
	if l.Count == 0 {
		return l
	}
	l.Mean = known(h.Mean().Seconds())
	for q, into := range map[float64]**float64{0.5: &l.P50, 0.9: &l.P90, 0.99: &l.P99, 0.999: &l.P999} {
		*into = known(h.Quantile(q).Seconds())
	}
	return l
}

// known makes "no data" of a NaN, and of what was divided by nothing.
func known(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func (w *windows) table(withCost bool) WindowTable {
	t := WindowTable{Unit: "accesses", Length: float64(w.length), List: []Window{}}
	if w.byTime {
		t.Unit, t.Length = "seconds", time.Duration(w.length).Seconds()
	}
	for i, tally := range w.list {
		o := outcomesOf(tally)
		// The calls of a replay are hits and misses: nothing is stale here.
		window := Window{
			From: float64(i) * t.Length, Calls: o.calls(), Outcomes: o,
			Absent: tally.absent, Evicted: tally.evicted, Expired: tally.expired,
			HitRatio: known(float64(o.Hit) / float64(o.Hit+o.Stale+o.Miss+o.Coalesced)),
		}
		if withCost {
			window.Cost = costOf(tally.costs)
		}
		t.List = append(t.List, window)
	}
	return t
}
