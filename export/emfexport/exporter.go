package emfexport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/export/internal/losses"
	"github.com/cachier-go/cachier/metrics"
)

// Exporter writes metrics to a log. Make one with [New], drive it with
// metrics.Push, and close it after that. It is safe for concurrent use.
type Exporter struct {
	options Options
	drops   losses.Drops

	mu     sync.Mutex // protects what follows; held while lines are written
	to     io.Writer
	notice losses.Notice
	closed bool
	encode *cwdata.Encoder
	lost   map[string]int // data of the batch under way that no line has, by reason
	queue  []line         // the rest of one batch, in the order in which it is to be written
	queued int            // bytes of queue
}

var (
	_ metrics.Exporter = (*Exporter)(nil)
	_ metrics.Dropper  = (*Exporter)(nil)
	_ metrics.Namer    = (*Exporter)(nil)
)

// ErrClosed is what an exporter fails with that was closed.
var ErrClosed = errors.New("emfexport: the exporter is closed")

// New returns an exporter to a writer, such as os.Stdout, which stays the
// caller's. A nil writer and an option out of its range are errors.
func New(to io.Writer, o *Options) (*Exporter, error) {
	if to == nil {
		return nil, errors.New("emfexport: the writer is nil; give New os.Stdout")
	}
	options, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("emfexport: %w", err)
	}
	e := &Exporter{
		options: options, to: to,
		notice: losses.Notice{Logger: options.Logger, Text: "cachier: writing metrics in EMF failed"},
	}
	if e.encode, err = options.encoder(func(reason string, data int) { e.lost[reason] += data }); err != nil {
		return nil, fmt.Errorf("emfexport: %w", err)
	}
	return e, nil
}

// Name implements metrics.Namer: "emf".
func (e *Exporter) Name() string { return "emf" }

// Dropped implements metrics.Dropper. It counts data, by "queue_full"; "too_long",
// which has no room in a line or is beyond the limits of dimensions;
// "too_many_labels"; and "out_of_range" for values that CloudWatch doesn't take.
func (e *Exporter) Dropped() map[string]uint64 { return e.drops.Read() }

// Export implements metrics.Exporter. It returns an error when nothing of b was
// written; when a part was, it keeps the rest for the next time. That ctx is done
// stops it before the first line of b is written, not after that; a Write under
// way is waited for. After Close it fails with ErrClosed.
func (e *Exporter) Export(ctx context.Context, b metrics.Batch) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	if err := e.deliver(ctx, b); err != nil {
		return fmt.Errorf("emfexport: %w", err)
	}
	return nil
}

// Close writes what is left of the last batch. What can't be written is an error.
// It does not close the writer. A second Close does nothing.
func (e *Exporter) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	err := e.deliver(context.Background(), metrics.Batch{})
	if err != nil {
		err = fmt.Errorf("emfexport: %d bytes could not be written: %w", e.queued, err)
	}
	e.queue, e.queued = nil, 0
	return err
}
