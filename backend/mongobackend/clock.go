package mongobackend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// clock knows what the server's clock shows, which is asked for from time to
// time. A reading is extrapolated on the local monotonic clock, so that setting
// the wall clock of this host changes nothing.
type clock struct {
	latest  atomic.Pointer[reading] // nil: never read
	reading atomic.Bool             // somebody is reading it; others needn't
}

// reading is what the server's clock showed.
type reading struct {
	at    time.Time     // in the middle of the round trip, on both local clocks
	wall  int64         // at, on the wall clock alone, in nanoseconds
	shown time.Time     // by the server then
	slack time.Duration // by how much it was off at most
}

const (
	// rereadAfter bounds for how long a server's clock that was set, or that of
	// another server after a failover, isn't noticed.
	rereadAfter = 5 * time.Second
	// good readings are kept for all of that time, others replaced soon.
	good      = 3 * time.Millisecond
	soon      = 100 * time.Millisecond
	tolerable = 20 * time.Millisecond
	// drift is 1 over how far two clocks go apart at most.
	drift = 2000
	// grain is how exactly the server tells its time.
	grain = time.Millisecond
)

// due says that the clock had better be read: because that was long ago, or bad,
// or because the wall clock has gone another way than the monotonic one, which
// stands still while the host sleeps.
func (r *reading) due(local time.Time) bool {
	age := local.Sub(r.at)
	return age.Abs() > rereadAfter || age > soon && r.slack > good || (time.Duration(local.UnixNano()-r.wall)-age).Abs() > tolerable
}

// learn takes what the server showed between two local times. What is worse than
// what is known is forgotten, unless it shows that a clock was set.
func (c *clock) learn(before, after, shown time.Time) {
	half := after.Sub(before) / 2
	at := before.Add(half)
	r := &reading{at: at, wall: at.UnixNano(), shown: shown.Add(grain / 2), slack: half + grain/2}
	old := c.latest.Load()
	if old != nil && old.doubt(at) < r.slack && at.Sub(old.at).Abs() <= rereadAfter && old.agrees(r) {
		return
	}
	c.latest.CompareAndSwap(old, r) // else somebody has just read it, too
}

// server is what the server's clock shows at a local time.
func (r *reading) server(local time.Time) time.Time { return r.shown.Add(local.Sub(r.at)) }

// offset is how far the server's clock is ahead of the local wall clock now.
func (r *reading) offset(local time.Time) offset {
	return offset(r.server(local).Sub(time.Unix(0, local.UnixNano())))
}

// doubt is by how much server may be off at a local time.
func (r *reading) doubt(local time.Time) time.Duration {
	return r.slack + local.Sub(r.at).Abs()/drift
}

// agrees says that both can be right.
func (r *reading) agrees(other *reading) bool {
	return r.server(other.at).Sub(other.shown).Abs() <= r.doubt(other.at)+other.slack
}

// apart returns how far the server's clock is ahead, and asks for it if that was
// long ago. Where nothing is known all have to ask; later one does, and the others
// go on with what is known, as it does itself if the server doesn't answer.
func (b *Backend) apart(ctx context.Context) (offset, error) {
	r := b.clock.latest.Load()
	switch {
	case r == nil:
		if err := b.readClock(ctx); err != nil {
			return 0, err
		}
	case r.due(b.now()) && b.clock.reading.CompareAndSwap(false, true):
		err := b.readClock(ctx)
		b.clock.reading.Store(false)
		if err != nil && ctx.Err() != nil {
			return 0, err
		}
	}
	return b.clock.latest.Load().offset(b.now()), nil
}

// readClock asks the server for its time and for what it takes.
func (b *Backend) readClock(ctx context.Context) error {
	before := b.now()
	hello, err := b.collection.Database().RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Raw()
	if err != nil {
		return err
	}
	shown, ok := hello.Lookup("localTime").TimeOK()
	if !ok {
		return errors.New("mongobackend: the server doesn't tell its time")
	}
	b.clock.learn(before, b.now(), shown)
	if limit, ok := hello.Lookup("maxBsonObjectSize").AsInt64OK(); ok {
		b.limit.Store(limit)
	}
	return nil
}
