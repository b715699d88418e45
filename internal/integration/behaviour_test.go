package integration_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/behaviour"
)

// What holds in memory holds on every store.
func TestBehaviours(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		behaviour.Run(t, func(t testing.TB) backend.Backend { return stores[store](t, t.TempDir()) })
	})
}
