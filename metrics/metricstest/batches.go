package metricstest

import (
	"fmt"

	"github.com/cachier-go/cachier/metrics"
)

var batchChecks = []check{
	{name: "empty", why: "a registry without functions is no failure", run: func(s *session) {
		if err := s.exporter.Export(s.Context(), metrics.Batch{}); err != nil {
			s.Errorf("Export of an empty batch: %v", err)
		}
		s.settle()
	}},
	{name: "without data", why: "a snapshot without data, and one without changes, is no failure", run: func(s *session) {
		b := metrics.Batch{Deltas: make([]metrics.Snapshot, 2), Totals: make([]metrics.Snapshot, 2)}
		if err := s.exporter.Export(s.Context(), b); err != nil {
			s.Errorf("Export: %v", err)
		}
		s.settle()
	}},
	{name: "kept", why: "a batch's slices are the exporter's until it returns, and no longer", run: func(s *session) {
		for i := range 3 {
			traffic(s.function(fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
			s.push() // which writes to them afterwards
		}
		s.settle()
	}},
	{name: "unchanged", why: "a batch's slices are the exporter's to read, and not to write", run: func(s *session) {
		for i := range 3 {
			traffic(s.function(fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
		}
		b := metrics.Batch{}
		for total := range s.registry.Snapshots() {
			b.Totals, b.Deltas = append(b.Totals, total), append(b.Deltas, total)
		}
		if err := s.exporter.Export(s.Context(), b); err != nil {
			s.Errorf("Export: %v", err)
		}
		for i := range b.Totals {
			want := fmt.Sprint("f", i)
			if b.Totals[i].Name != want || b.Deltas[i].Name != want || b.Totals[i].Calls() != b.Deltas[i].Calls() {
				s.Errorf("place %d has %q and %q now", i, b.Totals[i].Name, b.Deltas[i].Name)
			}
		}
	}},
}
