package mongobackend

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
)

// errAgain says that somebody else got in between, and that the same again may
// succeed.
var errAgain = errors.New("mongobackend: others kept on changing the document")

// patience is for how long something is tried again because others get in
// between.
const patience = 10 * time.Second

// do runs f, again while others get in between, and says in the words of package
// backend how it ended. A session that the caller has in its context stays out of
// it: what is stored is seen by all at once, and who reads in a transaction must
// not have others read in it, too.
func (b *Backend) do(ctx context.Context, f func(ctx context.Context, apart offset) error) error {
	ctx = mongo.NewSessionContext(ctx, nil)
	if err := b.usable(ctx); err != nil {
		return err
	}
	start := time.Now()
	err := b.once(ctx, f)
	pause := time.Millisecond
	for again(err) && time.Since(start) < patience && b.wait(ctx, pause/2+rand.N(pause)) {
		b.counts.retries.Add(1)
		err = b.once(ctx, f)
		pause = min(2*pause, 50*time.Millisecond)
	}
	err = b.explain(ctx, err)
	b.counts.add(time.Since(start), err)
	return err
}

// once sees to the collection and the clock, and runs f.
func (b *Backend) once(ctx context.Context, f func(ctx context.Context, apart offset) error) error {
	if err := b.prepare(ctx); err != nil {
		return err
	}
	apart, err := b.apart(ctx)
	if err != nil {
		return err
	}
	return f(ctx, apart)
}

// usable returns why nothing must be done, if so.
func (b *Backend) usable(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case b.mistake != nil:
		return b.mistake
	case b.closed.Load():
		return backend.ErrClosed
	}
	return nil
}

// wait returns false if it was ended early.
func (b *Backend) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-b.closing:
		return false
	}
}
