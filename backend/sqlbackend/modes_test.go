//go:build !race

package sqlbackend_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
)

// How a database is opened makes no difference to the race detector, under which
// SQLite, which is Go here, is ten times as slow.

func TestConformanceWithOneConnection(t *testing.T) {
	t.Parallel()
	conform(t, recommended, 1)
}

// An encoding in which texts would sort differently from their bytes.
func TestConformanceInUTF16(t *testing.T) {
	t.Parallel()
	conform(t, recommended+"&_pragma=encoding('UTF-16le')", 0)
}

func TestConformanceInMemory(t *testing.T) {
	t.Parallel()
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend { return over(t, open(t, ":memory:", 1), nil) },
	})
}
