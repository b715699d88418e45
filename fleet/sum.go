package fleet

import (
	"github.com/cachier-go/cachier/internal/identity"
	"github.com/cachier-go/cachier/metrics"
)

const (
	// mostFolded bounds the functions in the record of those that are gone; what
	// others counted is kept under the name otherFunctions.
	mostFolded     = 10_000
	otherFunctions = "(other functions)"
)

// sum adds totals up by function.
type sum struct {
	numbers map[string]int
	all     []summand
}

type summand struct {
	function
	adder metrics.Adder
}

func newSum() *sum { return &sum{numbers: map[string]int{}} }

func (s *sum) add(t *total) error {
	layout, err := metrics.ParseLayout(t.Layout)
	if err != nil {
		return err
	}
	for _, f := range t.Functions {
		name := identity.Of(f.Name, f.Labels)
		if _, ok := s.numbers[name]; !ok && len(s.all) >= mostFolded {
			f = function{Name: otherFunctions, Start: f.Start, Sampling: f.Sampling, packed: f.packed}
			name = identity.Of(f.Name, nil)
		}
		i, ok := s.numbers[name]
		if !ok {
			i = len(s.all)
			s.numbers[name] = i
			s.all = append(s.all, summand{function: function{Name: f.Name, Backend: f.Backend, Labels: f.Labels, Start: f.Start, Sampling: f.Sampling}})
		}
		of := &s.all[i]
		of.Start = min(of.Start, f.Start)
		if e := of.adder.Add(f.packed, layout); e != nil {
			err = e
		}
	}
	return err
}

func (s *sum) total() *total {
	t := &total{Layout: metrics.Layout{}.Text()}
	for i := range s.all {
		f := s.all[i].function
		f.packed = s.all[i].adder.Snapshot(metrics.Snapshot{}).AppendPacked(nil, true)
		t.Functions = append(t.Functions, f)
	}
	return t
}
