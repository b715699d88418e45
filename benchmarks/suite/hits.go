package suite

import (
	"errors"

	"github.com/cachier-go/cachier/benchmarks/peer"
)

// runHits measures a hit on every set-up, on one goroutine and on two, and what it allocates.
func runHits(o Options, t Task, emit func(Sample)) error {
	rng := generator(o, t)
	all := subjects(o, t.Process)
	for round := range o.rounds(t.Process) {
		for position, at := range rng.Perm(len(all)) {
			s := all[at]
			i, err := s.open(rng)
			if errors.Is(err, peer.ErrKeyKind) {
				continue
			}
			if err != nil {
				return err
			}
			sample := Sample{Round: round, Position: position, Case: s.keys, Subject: s.name}
			i.warm(o)
			for _, g := range rng.Perm(workers) {
				found := measure(i.hits, g+1, o.SampleTime)
				emitSpeed(emit, sample, g+1, found)
			}
			sample.Goroutines, sample.Unit, sample.Value = 1, "allocs/op", allocations(i.hits)
			emit(sample)
			i.close()
		}
	}
	return nil
}

// emitSpeed emits the time of an operation, and the share that was found where it isn't all.
func emitSpeed(emit func(Sample), s Sample, goroutines int, found speed) {
	s.Goroutines, s.Unit, s.Value = goroutines, "ns/op", found.nsPerOp
	emit(s)
	if found.share < 1 {
		s.Unit, s.Value = "found", found.share
		emit(s)
	}
}
