package s3backend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithy "github.com/aws/smithy-go/middleware"

	"github.com/cachier-go/cachier/backend"
)

// counts are of what this backend asked of its client: requests by how they are
// billed, and what became of them.
type counts struct {
	gets, puts, lists, deletes atomic.Uint64
	retries, conflicts, errors atomic.Uint64
	sent, received             atomic.Uint64 // bytes of objects
	nanoseconds                atomic.Int64
}

func (c *counts) add(kind *atomic.Uint64, took time.Duration, metadata smithy.Metadata, err error) {
	kind.Add(1)
	c.nanoseconds.Add(int64(took))
	if attempts, ok := retry.GetAttemptResults(metadata); ok {
		c.retries.Add(uint64(max(len(attempts.Results)-1, 0)))
	} else if spent, ok := errors.AsType[*retry.MaxAttemptsError](err); ok {
		c.retries.Add(uint64(max(spent.Attempt-1, 0)))
	}
	switch {
	case err == nil, errors.Is(err, backend.ErrNotFound):
	case errors.Is(err, errChanged):
		c.conflicts.Add(1)
	default:
		c.errors.Add(1)
	}
}

// Probe tells of the backend's own requests, by how they are billed. It doesn't
// talk to the server.
func (b *Backend) Probe(ctx context.Context) ([]backend.Reading, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	c := &b.counts
	apart, _ := b.clock.offset()
	total := func(name, help, unit string, v float64) backend.Reading {
		return backend.Reading{Name: name, Help: help, Unit: unit, Counter: true, Value: v}
	}
	return []backend.Reading{
		total("get_requests_total", "GETs of objects or of their beginnings.", "{request}", float64(c.gets.Load())),
		total("put_requests_total", "PUTs of objects, entries and leases.", "{request}", float64(c.puts.Load())),
		total("list_requests_total", "Pages of listings, which are billed as PUTs are.", "{request}", float64(c.lists.Load())),
		total("delete_requests_total", "Deletions, of one object or of up to a thousand.", "{request}", float64(c.deletes.Load())),
		total("request_errors_total", "Requests that failed, after the client's own repetitions.", "{request}", float64(c.errors.Load())),
		total("request_retries_total", "How often the client repeated a request; each is billed.", "{request}", float64(c.retries.Load())),
		total("request_conflicts_total", "Writes that came after another one, which they would have undone.", "{request}", float64(c.conflicts.Load())),
		total("request_seconds_total", "For how long requests were waited for.", "s", time.Duration(c.nanoseconds.Load()).Seconds()),
		total("sent_bytes_total", "Bytes of the objects that were stored.", "By", float64(c.sent.Load())),
		total("received_bytes_total", "Bytes of the objects that were read.", "By", float64(c.received.Load())),
		{Name: "clock_offset_seconds", Help: "By how much the server's clock is ahead; 0 if that is less than can be told.", Unit: "s", Value: apart.Seconds()},
	}, nil
}
