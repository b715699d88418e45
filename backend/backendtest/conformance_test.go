package backendtest_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/internal/membackend"
)

// The store in memory is the plainest one that keeps the contract: where it
// fails, the suite is wrong.
func TestConformance(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		New:    func(testing.TB) backend.Backend { return membackend.New() },
		Bubble: true,
	})
}

// The same in real time, as stores outside of the process are tested.
func TestConformanceInRealTime(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		New: func(testing.TB) backend.Backend { return membackend.New() },
	})
}
