package sqlbackend_test

import (
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// A time comes back as late as the answers took, on a busy machine.
const clockError = 500 * time.Millisecond

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	t.Run("conformance", func(t *testing.T) {
		s.conform(t, backendtest.Harness{ClockError: clockError, Large: 1 << 20, TooLarge: 1 << 30}, "", sqlbackend.Options{})
	})
}
