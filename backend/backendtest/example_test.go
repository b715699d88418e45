package backendtest_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/internal/membackend"
)

// How the author of a store tests it: this is all of its conformance_test.go.
func Example() {
	test := func(t *testing.T) { // func TestConformance(t *testing.T)
		backendtest.Run(t, backendtest.Harness{
			New: func(testing.TB) backend.Backend {
				return membackend.New() // here: the new store, empty
			},
		})
	}
	_ = test
}
