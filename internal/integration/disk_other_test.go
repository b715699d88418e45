//go:build !linux

package integration_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
)

// diskOutages are those of the disk under a store: none where no disk of its own
// can be mounted.
func diskOutages(string) map[string]func(t *testing.T) (backend.Locker, outage) { return nil }
