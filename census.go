package cachier

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/envelope"
	"github.com/cachier-go/cachier/metrics"
)

const (
	// censusShare is the part of the time that counting may take: after it took
	// a second, nobody counts for a hundred.
	censusShare = 100

	// censusTimeout bounds one count, and how long a process that dies while it
	// counts keeps the others from it.
	censusTimeout = time.Minute

	// censusPatience is how soon to look again for what another process is
	// counting.
	censusPatience = 5 * time.Second

	// censusKept is how long a count is kept in the store, at least.
	censusKept = 24 * time.Hour

	// censusCodec names the form in which it is kept. Another form gets another
	// name: who doesn't know it counts anew.
	censusCodec = "size.1"
)

// census is how many entries a Func has on its backend, and how large they are,
// for metrics. Of all processes that share the store one counts, by a lease, and
// leaves the result there under a key of its own, which is no entry of the Func;
// the others read that.
//
// A look at it is due a while after the last one, and begins, in the background,
// when somebody reads the metrics: without readers nothing is ever counted, and
// no reader waits for it. Its goroutine ends with the look; close waits for it.
type census struct {
	every time.Duration // between two counts, at least; 0: nothing is counted
	key   string        // of the record
	name  string        // of what is counted, among all stores

	due  atomic.Int64          // when to look again, on the clock axis; 0: now; far off while a look is under way
	last atomic.Pointer[count] // nil: not known yet

	mu      sync.Mutex    // protects what follows
	under   chan struct{} // closed when the latest look is over; nil: there was none
	cancel  context.CancelFunc
	stopped bool
}

// count is the result of one count. Its exported fields are the record.
type count struct {
	Entries int64 `json:"entries"` // -1: not known
	Bytes   int64 `json:"bytes"`   // -1: not known

	at   int64 // when it was made, on the clock axis
	took time.Duration
}

// censusEvery is how often a Func's entries on a backend are counted; 0: never.
func censusEvery(c *config) time.Duration {
	switch {
	case c.withoutMetrics || c.sizeInterval < 0:
		return 0
	case c.sizeInterval == 0 && backend.CanSize(c.backend):
		return DefaultSizeInterval
	default:
		return c.sizeInterval
	}
}

// gauges fills in what is known, and begins a look for what will be, if one is
// due.
func (s *store[V]) gauges(g *metrics.TierGauges) {
	c := &s.census
	if n := c.last.Load(); n != nil {
		g.Entries, g.Size, g.SizeAge = n.Entries, n.Bytes, max(time.Duration(clock.Now()-n.at), 0)
		g.Shared, g.Identity = true, c.name
	}
	due := c.due.Load()
	if c.every == 0 || due != 0 && clock.Now() < due || !c.due.CompareAndSwap(due, math.MaxInt64) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	under := make(chan struct{})
	c.cancel, c.under = cancel, under
	go func() {
		defer close(under)
		defer cancel()
		c.due.Store(clock.Now() + int64(jitter(s.look(ctx), 0.1)))
	}()
}

// close ends the look under way, if any, and waits for it until ctx ends.
func (c *census) close(ctx context.Context) error {
	c.mu.Lock()
	c.stopped = true
	under := c.under
	if under != nil {
		c.cancel()
	}
	c.mu.Unlock()
	if under == nil {
		return nil
	}
	select {
	case <-under:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// look learns the count, from the store where it is recent enough, else by
// counting where no other process does, and returns when to look again.
func (s *store[V]) look(ctx context.Context) time.Duration {
	rest, err := s.readCount(ctx)
	if rest > 0 || err != nil {
		return max(rest, min(s.census.every, censusPatience))
	}
	if !s.locks {
		return s.count(ctx, nil)
	}
	lease, err := s.counting(ctx)
	if err != nil {
		return min(s.census.every, censusPatience)
	}
	if rest, err = s.readCount(ctx); rest > 0 || err != nil {
		s.leave(ctx, lease)
		return max(rest, min(s.census.every, censusPatience)) // just counted by another one
	}
	return s.count(ctx, lease)
}

// rest is how long a count is recent enough.
func (c *census) rest(took time.Duration) time.Duration { return max(c.every, censusShare*took) }

// readCount takes over what is known in the store, and returns for how long
// that will do: 0 if there is nothing, or nothing recent. An error is the
// store's.
func (s *store[V]) readCount(ctx context.Context) (rest time.Duration, err error) {
	var stored backend.Entry
	err = s.asked(ctx, opGet, s.timeout, func(ctx context.Context) (err error) {
		stored, err = s.backend.Get(ctx, s.census.key)
		return err
	})
	switch {
	case errors.Is(err, backend.ErrNotFound), errors.Is(err, backend.ErrCorrupt):
		return 0, nil
	case err != nil:
		return 0, err
	}
	n := new(count)
	meta, err := envelope.Decode(stored.Meta, stored.Value)
	if err != nil || meta.Codec != censusCodec || json.Unmarshal(stored.Value, n) != nil {
		return 0, nil // to be replaced
	}
	age := max(time.Since(stored.Created), 0)
	n.at, n.took = clock.Now()-int64(age), stored.Cost
	if known := s.census.last.Load(); known == nil || known.at < n.at {
		s.census.last.Store(n)
	}
	return max(s.census.rest(n.took)-age, 0), nil
}

// counting takes the lease on counting.
func (s *store[V]) counting(ctx context.Context) (lease backend.Lease, err error) {
	err = s.asked(ctx, opLock, s.timeout, func(ctx context.Context) (err error) {
		lease, err = backend.Lock(ctx, s.backend, s.census.key, censusTimeout+2*s.timeout)
		return err
	})
	return lease, err
}

// leave lets another process count.
func (s *store[V]) leave(ctx context.Context, lease backend.Lease) {
	if lease != nil {
		_ = s.asked(context.WithoutCancel(ctx), opUnlock, s.timeout, lease.Release) // it runs out by itself
	}
}

// count counts, tells the others, and returns for how long that will do.
func (s *store[V]) count(ctx context.Context, lease backend.Lease) time.Duration {
	var usage backend.Usage
	start, created := clock.Now(), time.Now()
	err := s.asked(ctx, opSize, censusTimeout, func(ctx context.Context) (err error) {
		usage, err = backend.Size(ctx, s.backend, s.prefix)
		return err
	})
	took := time.Duration(clock.Now() - start)
	rest := s.census.rest(took)
	if err != nil {
		s.leave(ctx, lease)
		return rest
	}
	n := &count{Entries: usage.Entries, Bytes: usage.Bytes, at: start, took: took}
	s.census.last.Store(n)
	data, err := json.Marshal(n)
	if err != nil {
		return rest // which can't be: two numbers
	}
	e := backend.Entry{
		Value: data, Created: created, Expires: created.Add(max(2*rest, censusKept)), Cost: took,
		Meta: envelope.Encode(envelope.Meta{Codec: censusCodec}, data),
	}
	_ = s.asked(ctx, opSet, s.timeout, func(ctx context.Context) error { // counted and logged
		if lease != nil {
			return lease.Commit(ctx, e)
		}
		return s.backend.Set(ctx, s.census.key, e)
	})
	return rest
}

// asked runs one operation that concerns no entry.
func (s *store[V]) asked(ctx context.Context, op operation, timeout time.Duration, run func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := s.measured(ctx, bounded, op, "", run)
	return err
}
