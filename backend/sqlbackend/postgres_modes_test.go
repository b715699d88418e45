//go:build unix && !race

package sqlbackend_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// Nothing that a connection remembers, as behind a pooler, and a database whose
// clock isn't the host's.
func TestPostgreSQLUnprepared(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	s.ahead(t, "1 hour")
	s.conform(t, backendtest.Harness{ClockError: clockError, TooLarge: 1 << 30, Large: quick},
		"&default_query_exec_mode=simple_protocol&search_path=ahead,pg_catalog", 20, sqlbackend.Options{Unprepared: true})
}
