package membackend

import (
	"context"

	"github.com/cachier-go/cachier/backend"
)

// Probe tells how many watches there are and how many leases were given out.
func (s *Store) Probe(ctx context.Context) ([]backend.Reading, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return []backend.Reading{
		{Name: "watches", Help: "Watches that are under way.", Unit: "{watch}", Value: float64(len(s.watchers))},
		{Name: "leases_total", Help: "Leases that were given out.", Unit: "{lease}", Counter: true, Value: float64(s.tokens)},
	}, nil
}
