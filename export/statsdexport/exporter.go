package statsdexport

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/cachier-go/cachier/export/internal/losses"
	"github.com/cachier-go/cachier/metrics"
)

// Exporter sends metrics to one StatsD server. Make one with [New], drive it with
// metrics.Push, and close it after that. It is safe for concurrent use.
type Exporter struct {
	options Options
	drops   losses.Drops

	mu     sync.Mutex // protects what follows; held while packets are sent
	notice losses.Notice
	closed bool
	encode *encoder
	link   link
	queue  []packet // the rest of one batch, in the order in which it is to be sent
}

var (
	_ metrics.Exporter = (*Exporter)(nil)
	_ metrics.Dropper  = (*Exporter)(nil)
	_ metrics.Namer    = (*Exporter)(nil)
)

// New returns an exporter to the server at addr, which is "host:port" or
// "udp://host:port", or "unixgram:///path/of/socket" (also "unix:").
//
// An address that can't be one, a host whose name doesn't exist, a path at which
// there is something else than such a socket, and an option out of its range are
// errors. A server that isn't there is none: it may come.
func New(addr string, o *Options) (*Exporter, error) {
	options, err := o.resolve()
	if err != nil {
		return nil, err
	}
	a, err := parseAddress(addr)
	if err != nil {
		return nil, fmt.Errorf("statsdexport: addr %q: %w; give New host:port, or unixgram:///path/of/socket", addr, err)
	}
	e := &Exporter{
		options: options,
		encode:  newEncoder(options),
		link:    link{dial: a.dial, udp: a.network == "udp"},
		notice: losses.Notice{
			Logger: options.Logger, Text: "cachier: sending metrics to StatsD failed", Args: []any{"addr", addr},
		},
	}
	if err := a.hopeless(e.link.open(context.Background())); err != nil {
		return nil, fmt.Errorf("statsdexport: addr %q: %w", addr, err)
	}
	return e, nil
}

// Name implements metrics.Namer: "statsd".
func (e *Exporter) Name() string { return "statsd" }

// Dropped implements metrics.Dropper. It counts lines, by "queue_full" and
// "too_long".
func (e *Exporter) Dropped() map[string]uint64 { return e.drops.Read() }

// Export implements metrics.Exporter. It returns an error when it could send
// nothing of b; when it could send a part, it keeps the rest for the next time.
// It takes as long as Options.PacketRate demands. For a server that has no room
// it waits as long as ctx allows, or for a second if ctx has no deadline. After
// Close it fails with net.ErrClosed.
func (e *Exporter) Export(ctx context.Context, b metrics.Batch) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return fmt.Errorf("statsdexport: %w", net.ErrClosed)
	}
	err := e.deliver(ctx, b)
	if err != nil {
		return fmt.Errorf("statsdexport: %w", err)
	}
	return nil
}

// Close sends what is left of the last batch, for which it waits a second at
// most, and ends the connection, after an Export under way. What is known not to
// have arrived is an error. A second Close does nothing.
func (e *Exporter) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	err := e.recallLast()
	if len(e.queue) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), ioTimeout)
		defer cancel()
		if err = e.deliver(ctx, metrics.Batch{}); err == nil {
			err = e.recallLast()
		}
		if err != nil {
			err = fmt.Errorf("statsdexport: %d packets could not be sent: %w", len(e.queue), err)
		}
	}
	e.closed, e.queue = true, nil
	e.link.close()
	return err
}
