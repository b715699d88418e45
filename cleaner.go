package cachier

import (
	"context"
	"sync"
	"time"
)

// cleaner runs clean-ups at an interval, on a timer: between two of them there
// is no goroutine. One ends before the next begins.
type cleaner struct {
	every  time.Duration // 0: never
	clean  func(context.Context)
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex    // protects what follows
	timer   *time.Timer   // nil until start
	under   chan struct{} // closed when the clean-up under way is over; nil: none is
	stopped bool
}

func (c *cleaner) start(clean func(context.Context)) {
	if c.every == 0 {
		return
	}
	c.clean = clean
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(c.every, c.tick)
}

func (c *cleaner) tick() {
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return
	}
	under := make(chan struct{})
	c.under = under
	c.mu.Unlock()

	c.clean(c.ctx)

	c.mu.Lock()
	defer c.mu.Unlock()
	c.under = nil
	if !c.stopped {
		c.timer.Reset(c.every)
	}
	close(under)
}

// stop ends the clean-ups, and waits for one that is under way until ctx ends.
func (c *cleaner) stop(ctx context.Context) error {
	c.mu.Lock()
	c.stopped = true
	under := c.under
	if c.timer != nil {
		c.timer.Stop()
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
