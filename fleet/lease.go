package fleet

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// underLease does something under the lease of a key, for which it waits, and
// again if the lease was lost.
func (p *publisher) underLease(ctx context.Context, key string, do func(context.Context, backend.Lease) error) error {
	ctx, cancel := context.WithTimeout(ctx, leaseTime+writeTime) // one that somebody left behind is over by then
	defer cancel()
	for {
		lease, err := p.store.Lock(ctx, key, leaseTime)
		if err == nil {
			err = do(ctx, lease)
			_ = lease.Release(ctx) // it runs out by itself
		}
		if !errors.Is(err, backend.ErrHeld) && !errors.Is(err, backend.ErrLeaseLost) {
			return err
		}
		select {
		case <-time.After(50*time.Millisecond + rand.N(100*time.Millisecond)):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}
