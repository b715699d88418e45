package mongobackend

import (
	"context"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
)

// Monitor counts the commands of a client and what becomes of its connections,
// for [Backend.Probe]. A client takes it only when it is made, so that it comes
// first: attach it to the client's options, connect, and hand it to [New]. The
// zero Monitor is ready for use, must not be copied, and is safe for concurrent
// use.
type Monitor struct {
	commands, commandFailures, commandNanoseconds                             atomic.Int64
	created, closed, cleared, checkOuts, checkOutFailures, checkIns, waitedNs atomic.Int64
}

// Attach makes the monitor that of the client that will be made with the
// options, which it changes and returns. Monitors that are there already are
// told as before; those that are set later replace it.
func (m *Monitor) Attach(o *options.ClientOptions) *options.ClientOptions {
	commands, pool := event.CommandMonitor{}, event.PoolMonitor{}
	if o.Monitor != nil {
		commands = *o.Monitor
	}
	if o.PoolMonitor != nil {
		pool = *o.PoolMonitor
	}
	return o.SetMonitor(&event.CommandMonitor{
		Started: commands.Started,
		Succeeded: func(ctx context.Context, e *event.CommandSucceededEvent) {
			m.command(e.Duration)
			if commands.Succeeded != nil {
				commands.Succeeded(ctx, e)
			}
		},
		Failed: func(ctx context.Context, e *event.CommandFailedEvent) {
			m.command(e.Duration)
			m.commandFailures.Add(1)
			if commands.Failed != nil {
				commands.Failed(ctx, e)
			}
		},
	}).SetPoolMonitor(&event.PoolMonitor{Event: func(e *event.PoolEvent) {
		m.pool(e)
		if pool.Event != nil {
			pool.Event(e)
		}
	}})
}

func (m *Monitor) command(took time.Duration) {
	m.commands.Add(1)
	m.commandNanoseconds.Add(int64(took))
}

func (m *Monitor) pool(e *event.PoolEvent) {
	switch e.Type {
	case event.ConnectionCreated:
		m.created.Add(1)
	case event.ConnectionClosed:
		m.closed.Add(1)
	case event.ConnectionPoolCleared:
		m.cleared.Add(1)
	case event.ConnectionCheckedOut:
		m.checkOuts.Add(1)
		m.waitedNs.Add(int64(e.Duration))
	case event.ConnectionCheckOutFailed:
		m.checkOutFailures.Add(1)
		m.waitedNs.Add(int64(e.Duration))
	case event.ConnectionCheckedIn:
		m.checkIns.Add(1)
	}
}

// readings are none of no monitor.
func (m *Monitor) readings() []backend.Reading {
	if m == nil {
		return nil
	}
	closed, checkIns := m.closed.Load(), m.checkIns.Load() // before what they are subtracted from, so that nothing is below 0
	return []backend.Reading{
		{Name: "commands_total", Help: "Commands that the server has answered or that failed.", Unit: "{command}", Counter: true, Value: float64(m.commands.Load())},
		{Name: "command_failures_total", Help: "Commands that failed.", Unit: "{command}", Counter: true, Value: float64(m.commandFailures.Load())},
		{Name: "command_seconds_total", Help: "For how long commands took.", Unit: "s", Counter: true, Value: time.Duration(m.commandNanoseconds.Load()).Seconds()},
		{Name: "pool_open_connections", Help: "Connections that are open, in use or idle.", Unit: "{connection}", Value: float64(m.created.Load() - closed)},
		{Name: "pool_checked_out_connections", Help: "Connections that are in use.", Unit: "{connection}", Value: float64(m.checkOuts.Load() - checkIns)},
		{Name: "pool_connections_created_total", Help: "Connections that were made.", Unit: "{connection}", Counter: true, Value: float64(m.created.Load())},
		{Name: "pool_connections_closed_total", Help: "Connections that were closed.", Unit: "{connection}", Counter: true, Value: float64(closed)},
		{Name: "pool_cleared_total", Help: "How often all connections to a server were given up, because it failed.", Unit: "{clear}", Counter: true, Value: float64(m.cleared.Load())},
		{Name: "pool_check_outs_total", Help: "How often a connection was taken from the pool.", Unit: "{checkout}", Counter: true, Value: float64(m.checkOuts.Load())},
		{Name: "pool_check_out_failures_total", Help: "How often no connection was to be had.", Unit: "{checkout}", Counter: true, Value: float64(m.checkOutFailures.Load())},
		{Name: "pool_check_out_seconds_total", Help: "For how long connections were waited for.", Unit: "s", Counter: true, Value: time.Duration(m.waitedNs.Load()).Seconds()},
	}
}
