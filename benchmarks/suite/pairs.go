package suite

import (
	"math/rand/v2"

	"github.com/cachier-go/cachier/benchmarks/peer"
)

// runPairs measures only the library with and without its metrics, more often than anything else: what is looked for
// is a tenth, and two instances of the same cache differ by that. In each round both are made anew, in an order that
// is drawn, and measured there and back, so that a drift within the round hits both.
func runPairs(o Options, t Task, emit func(Sample)) error {
	o.Subjects = []string{peer.Cachier, peer.CachierOff}
	rng := generator(o, t)
	byKeys := map[string][]subject{}
	for _, s := range subjects(o, t.Process) {
		byKeys[s.keys] = append(byKeys[s.keys], s)
	}
	for round := range o.PairRounds {
		for _, keys := range []string{"string", "int"} {
			if err := runPair(o, byKeys[keys], round, rng, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func runPair(o Options, pair []subject, round int, rng *rand.Rand, emit func(Sample)) error {
	order := rng.Perm(len(pair))
	open := make([]instance, len(pair))
	for _, at := range order {
		i, err := pair[at].open(rng)
		if err != nil {
			return err
		}
		defer i.close()
		open[at] = i
	}
	for _, i := range open {
		i.warm(o)
	}
	for goroutines := 1; goroutines <= workers; goroutines++ {
		sums := make([]float64, len(pair))
		there := rng.Perm(len(pair))
		for _, at := range there {
			sums[at] += measure(open[at].hits, goroutines, o.SampleTime).nsPerOp
		}
		for back := len(there) - 1; back >= 0; back-- {
			sums[there[back]] += measure(open[there[back]].hits, goroutines, o.SampleTime).nsPerOp
		}
		for at, s := range pair {
			emit(Sample{
				Round: round, Position: order[at], Case: s.keys, Subject: s.name, Goroutines: goroutines,
				Unit: "ns/op", Value: sums[at] / 2,
			})
		}
	}
	return nil
}
