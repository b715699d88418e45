package suite

import (
	"context"
	"fmt"
	"strings"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
)

// sizes are the capacities at which hit ratios are compared, in percent of a trace's different keys.
var sizes = []int{1, 5, 10, 25}

// generatedMark ends the case of a trace that was made here, which no bound holds for.
const generatedMark = " (generated)"

// Generated says whether a case of hit ratios is of a trace that was made here.
func Generated(kase string) bool { return strings.Contains(kase, generatedMark) }

// policy is a cache whose hit ratio is measured.
type policy struct {
	name string
	open func(peer.Config[int, struct{}]) (peer.Cache[int, struct{}], error)
}

// policies are the set-ups compared. Each gets a fair chance: otter runs its maintenance in the caller, ristretto's and
// theine's writes are waited for after each insertion; else how much they keep would hang on when a goroutine got to run.
func policies() []policy {
	named := func(name string) policy {
		return policy{name, func(c peer.Config[int, struct{}]) (peer.Cache[int, struct{}], error) {
			return peer.Open(name, c)
		}}
	}
	return []policy{
		named(peer.Cachier),
		{peer.OtterOff, peer.OpenOtterSynchronous[int, struct{}]},
		named(peer.RistrettoOff),
		named(peer.Theine),
		named(peer.GolangLRU),
	}
}

// replayed is how many accesses a trace and size are replayed for at least: short ones several times, because hashes
// are seeded anew for each cache, and what is kept of few keys differs from one to the next by half a percent.
const replayed = 1_500_000

// runRatios replays every trace on one goroutine through every policy at every size.
func runRatios(o Options, _ Task, emit func(Sample)) error {
	traces := load.Generate(o.Seed, o.Accesses)
	if o.Traces != "" {
		recorded, err := load.ReadDir(o.Traces)
		if err != nil {
			return err
		}
		traces = append(recorded, traces...)
	}
	for _, trace := range traces {
		distinct := trace.Distinct()
		for _, percent := range sizes {
			for position, p := range policies() {
				name := trace.Name
				if trace.Generated {
					name += generatedMark
				}
				for round := range min(max(replayed/len(trace.Keys), 1), o.Rounds, 9) {
					ratio, err := replay(p, trace.Keys, max(distinct*percent/100, 1))
					if err != nil {
						return fmt.Errorf("%s: %s: %w", trace.Name, p.name, err)
					}
					emit(Sample{
						Round: round, Position: position, Case: fmt.Sprintf("%s @ %d %%", name, percent), Subject: p.name,
						Unit: "hit ratio", Value: ratio,
					})
				}
			}
		}
	}
	return nil
}

// replay returns the share of accesses that were hits. This library's go through Call, so that what is compared is the
// cached function that users have; the others look up and, where they find nothing, set.
func replay(p policy, keys []int, capacity int) (float64, error) {
	computed := 0
	c, err := p.open(peer.Config[int, struct{}]{
		Capacity: capacity,
		Load:     func(context.Context, int) (struct{}, error) { computed++; return struct{}{}, nil },
	})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if p.name == peer.Cachier {
		l := c.(peer.Loader[int, struct{}])
		ctx := context.Background()
		for _, k := range keys {
			if _, err := l.Load(ctx, k); err != nil {
				return 0, err
			}
		}
		return 1 - float64(computed)/float64(len(keys)), nil
	}
	misses := 0
	for _, k := range keys {
		if _, ok := c.Get(k); !ok {
			misses++
			c.Set(k, struct{}{})
			c.Settle()
		}
	}
	return 1 - float64(misses)/float64(len(keys)), nil
}
