package cloudwatchexport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/export/internal/losses"
	"github.com/cachier-go/cachier/metrics"
)

// Client is what an [Exporter] needs of a [cloudwatch.Client].
type Client interface {
	PutMetricData(context.Context, *cloudwatch.PutMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricDataOutput, error)
}

// Exporter sends metrics to CloudWatch. Make one with [New], drive it with
// metrics.Push, and close it after that. It is safe for concurrent use.
type Exporter struct {
	client  Client
	options Options
	drops   losses.Drops

	turn   chan struct{} // full while one has what follows, and sends; a mutex that heeds contexts
	notice losses.Notice
	closed bool
	encode *cwdata.Encoder
	lost   map[string]int // data of the batch under way that no request has, by reason
	queue  []request      // the rest of one batch, in the order in which it is to be sent
}

var (
	_ metrics.Exporter = (*Exporter)(nil)
	_ metrics.Dropper  = (*Exporter)(nil)
	_ metrics.Namer    = (*Exporter)(nil)
)

// ErrClosed is what an exporter fails with that was closed.
var ErrClosed = errors.New("cloudwatchexport: the exporter is closed")

// New returns an exporter over client, which stays the caller's.
//
// It asks CloudWatch, by a request without data, whether it would take any. A
// region that doesn't exist, an endpoint that is no address or not CloudWatch's,
// credentials that aren't there or aren't known, a permission that lacks, and an
// option out of its range are errors that say which it is. That CloudWatch doesn't answer is none: it is logged, and the exports
// will try again. Options.Unchecked leaves the request out.
func New(ctx context.Context, client Client, o *Options) (*Exporter, error) {
	if client == nil {
		return nil, errors.New("cloudwatchexport: the client is nil; give New cloudwatch.NewFromConfig(config)")
	}
	options, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("cloudwatchexport: %w", err)
	}
	e := &Exporter{
		client: client, options: options, turn: make(chan struct{}, 1),
		notice: losses.Notice{
			Logger: options.Logger, Text: "cachier: sending metrics to CloudWatch failed", Args: []any{"namespace", options.Namespace},
		},
	}
	if e.encode, err = options.encoder(func(reason string, data int) { e.lost[reason] += data }); err != nil {
		return nil, fmt.Errorf("cloudwatchexport: %w", err)
	}
	if !options.Unchecked {
		if err := e.check(ctx); err != nil {
			return nil, fmt.Errorf("cloudwatchexport: %w", err)
		}
	}
	return e, nil
}

// Name implements metrics.Namer: "cloudwatch".
func (e *Exporter) Name() string { return "cloudwatch" }

// Dropped implements metrics.Dropper. It counts data, by "queue_full"; "in_doubt",
// see Options.AtMostOnce; "refused", which is a whole request that CloudWatch
// finds wrong; "too_old", after two weeks in the queue; "too_many_labels" and
// "too_long" for what is beyond the limits of dimensions; "out_of_range" for
// values that CloudWatch doesn't take.
func (e *Exporter) Dropped() map[string]uint64 { return e.drops.Read() }

// Export implements metrics.Exporter. It returns an error when nothing of b was
// taken; when a part was, it keeps the rest for the next time. When ctx is done,
// it waits another second for the answer to the request under way, and no longer
// for another Export. After Close it fails with ErrClosed.
func (e *Exporter) Export(ctx context.Context, b metrics.Batch) error {
	select {
	case e.turn <- struct{}{}:
		defer e.over()
	case <-ctx.Done():
		return fmt.Errorf("cloudwatchexport: %w", ctx.Err())
	}
	if e.closed {
		return ErrClosed
	}
	if err := e.deliver(ctx, b); err != nil {
		return fmt.Errorf("cloudwatchexport: %w", err)
	}
	return nil
}

// over ends a turn.
func (e *Exporter) over() { <-e.turn }

// closeTimeout bounds what Close sends, so that it takes 5 seconds with the grace
// of the last request.
const closeTimeout = 5*time.Second - grace

// Close sends what is left of the last batch, for which it takes 5 seconds at
// most, after an Export under way. What could not be sent is an error. A second
// Close does nothing.
func (e *Exporter) Close() error {
	e.turn <- struct{}{}
	defer e.over()
	if e.closed {
		return nil
	}
	e.closed = true
	if len(e.queue) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := e.deliver(ctx, metrics.Batch{})
	if err != nil {
		err = fmt.Errorf("cloudwatchexport: %d requests could not be sent: %w", len(e.queue), err)
	}
	e.queue = nil
	return err
}
