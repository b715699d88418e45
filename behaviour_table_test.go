package cachier_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/behaviour"
	"github.com/cachier-go/cachier/internal/membackend"
)

// The table of behaviours; internal/integration runs it over files and SQLite.
func TestBehaviours(t *testing.T) {
	t.Run("in memory", func(t *testing.T) { behaviour.Run(t, func(testing.TB) backend.Backend { return nil }) })
	t.Run("on a backend", func(t *testing.T) {
		behaviour.Run(t, func(testing.TB) backend.Backend { return membackend.New() })
	})
}
