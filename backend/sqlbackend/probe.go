package sqlbackend

import (
	"context"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Probe tells of the pool of connections, [database/sql.DBStats], which may serve
// others than this backend, and of what was asked of the database. It doesn't
// talk to it.
func (b *Backend) Probe(ctx context.Context) ([]backend.Reading, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	s := b.db.Stats()
	return []backend.Reading{
		{Name: "pool_max_open_connections", Help: "Most connections that may be open; 0: no limit.", Unit: "{connection}", Value: float64(s.MaxOpenConnections)},
		{Name: "pool_open_connections", Help: "Connections that are open, in use or idle.", Unit: "{connection}", Value: float64(s.OpenConnections)},
		{Name: "pool_in_use_connections", Help: "Connections that are in use.", Unit: "{connection}", Value: float64(s.InUse)},
		{Name: "pool_idle_connections", Help: "Connections that are idle.", Unit: "{connection}", Value: float64(s.Idle)},
		{Name: "pool_waits_total", Help: "How often a connection was waited for.", Unit: "{wait}", Counter: true, Value: float64(s.WaitCount)},
		{Name: "pool_wait_seconds_total", Help: "For how long connections were waited for.", Unit: "s", Counter: true, Value: s.WaitDuration.Seconds()},
		{Name: "pool_closed_max_idle_connections_total", Help: "Connections closed because enough were idle.", Unit: "{connection}", Counter: true, Value: float64(s.MaxIdleClosed)},
		{Name: "pool_closed_max_idle_time_connections_total", Help: "Connections closed because they were idle for too long.", Unit: "{connection}", Counter: true, Value: float64(s.MaxIdleTimeClosed)},
		{Name: "pool_closed_max_lifetime_connections_total", Help: "Connections closed because they were too old.", Unit: "{connection}", Counter: true, Value: float64(s.MaxLifetimeClosed)},
		{Name: "queries_total", Help: "What was asked of the database; what was tried again counts once.", Unit: "{query}", Counter: true, Value: float64(b.queries.Load())},
		{Name: "query_seconds_total", Help: "For how long that took, with waiting for a connection and trying again.", Unit: "s", Counter: true, Value: time.Duration(b.spent.Load()).Seconds()},
		{Name: "busy_retries_total", Help: "How often something was tried again because the database was busy: locked, deadlocked, out of connections.", Unit: "{retry}", Counter: true, Value: float64(b.retries.Load())},
	}, nil
}
