package redisbackend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

// counts are of what this backend asked of its client. They are measured around
// the calls and not by a hook, which would stay in the caller's client.
type counts struct {
	calls, errors, nanoseconds, gaps atomic.Int64
}

func (c *counts) add(took time.Duration, err error) {
	c.calls.Add(1)
	c.nanoseconds.Add(int64(took))
	if err != nil && !errors.Is(err, redis.Nil) {
		c.errors.Add(1)
	}
}

// Probe tells of the client's pool of connections, [redis.PoolStats], which may
// serve others than this backend, and of the backend's own calls. It doesn't
// talk to the server.
func (b *Backend) Probe(ctx context.Context) ([]backend.Reading, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	s := b.client.PoolStats()
	var apart, doubt float64
	if r := b.clock.load(); r != nil {
		local := b.now()
		apart, doubt = (time.Duration(r.offset(local)) * time.Microsecond).Seconds(), r.doubt(local).Seconds()
	}
	return []backend.Reading{
		{Name: "pool_total_connections", Help: "Connections in the pool, in use or idle.", Unit: "{connection}", Value: float64(s.TotalConns)},
		{Name: "pool_idle_connections", Help: "Connections that are idle.", Unit: "{connection}", Value: float64(s.IdleConns)},
		{Name: "pool_stale_connections_total", Help: "Connections removed from the pool because they were too old or broken.", Unit: "{connection}", Counter: true, Value: float64(s.StaleConns)},
		{Name: "pool_reuses_total", Help: "How often a free connection was found in the pool.", Unit: "{connection}", Counter: true, Value: float64(s.Hits)},
		{Name: "pool_misses_total", Help: "How often no free connection was found in the pool.", Unit: "{connection}", Counter: true, Value: float64(s.Misses)},
		{Name: "pool_timeouts_total", Help: "How often waiting for a connection took too long.", Unit: "{timeout}", Counter: true, Value: float64(s.Timeouts)},
		{Name: "pool_waits_total", Help: "How often a connection was waited for.", Unit: "{wait}", Counter: true, Value: float64(s.WaitCount)},
		{Name: "pool_wait_seconds_total", Help: "For how long connections were waited for.", Unit: "s", Counter: true, Value: time.Duration(s.WaitDurationNs).Seconds()},
		{Name: "calls_total", Help: "Round trips, with the client's own repetitions.", Unit: "{call}", Counter: true, Value: float64(b.counts.calls.Load())},
		{Name: "call_errors_total", Help: "Round trips that failed, or that were not waited for to the end.", Unit: "{call}", Counter: true, Value: float64(b.counts.errors.Load())},
		{Name: "call_seconds_total", Help: "For how long round trips were waited for.", Unit: "s", Counter: true, Value: time.Duration(b.counts.nanoseconds.Load()).Seconds()},
		{Name: "subscription_gaps_total", Help: "How often the subscription began or came back, or a watcher was too slow.", Unit: "{gap}", Counter: true, Value: float64(b.counts.gaps.Load())},
		{Name: "clock_offset_seconds", Help: "By how much the server's clock is ahead; 0 in a Cluster.", Unit: "s", Value: apart},
		{Name: "clock_doubt_seconds", Help: "By how much that may be wrong.", Unit: "s", Value: doubt},
	}, nil
}
