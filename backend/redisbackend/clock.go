package redisbackend

import (
	"sync/atomic"
	"time"
)

// clock knows what a server's clock shows, so that a Get needn't ask. It is
// read from time to time, in the same round trip as an entry, and with every
// write, whose script returns it.
//
// A reading is extrapolated on the local monotonic clock, so that setting the
// wall clock of this host changes nothing.
type clock struct {
	latest atomic.Pointer[reading] // nil: never read
}

// reading is what the server's clock showed.
type reading struct {
	at    time.Time     // in the middle of the round trip, on both local clocks
	wall  int64         // at, on the wall clock alone, in nanoseconds
	shown int64         // by the server then, in microseconds since 1970
	slack time.Duration // by how much it was off at most: half of the round trip
}

const (
	// rereadAfter bounds for how long a server's clock that was set, or that of
	// another server after a failover, isn't noticed.
	rereadAfter = 5 * time.Second
	// good readings are kept for all of that time, others replaced soon.
	good      = 2 * time.Millisecond
	soon      = 100 * time.Millisecond
	tolerable = 20 * time.Millisecond
	// drift is 1 over how far two clocks go apart at most.
	drift = 2000
)

func (c *clock) load() *reading { return c.latest.Load() }

// due says that the clock had better be read with the next Get: because that
// was long ago, or bad, or because the wall clock has gone another way than the
// monotonic one, which stands still while the host sleeps.
func (c *clock) due(local time.Time) bool {
	r := c.load()
	if r == nil {
		return true
	}
	age := local.Sub(r.at)
	return age.Abs() > rereadAfter || age > soon && r.slack > good || (time.Duration(local.UnixNano()-r.wall)-age).Abs() > tolerable
}

// learn takes a reading that was made between two local times. One that is
// worse than what is known is forgotten, unless it shows that the server's
// clock was set or that the local monotonic one stood still.
func (c *clock) learn(before, after time.Time, shown int64) {
	half := after.Sub(before) / 2
	at := before.Add(half)
	r := &reading{at: at, wall: at.UnixNano(), shown: shown, slack: half + time.Microsecond}
	old := c.load()
	if old != nil && old.doubt(at) < r.slack && at.Sub(old.at).Abs() <= rereadAfter && old.agrees(r) {
		return
	}
	c.latest.CompareAndSwap(old, r) // else somebody has just read it, too
}

// server is what the server's clock shows at a local time, in microseconds
// since 1970.
func (r *reading) server(local time.Time) int64 {
	return r.shown + local.Sub(r.at).Microseconds()
}

// offset is how far the server's clock is ahead of the local wall clock now.
func (r *reading) offset(local time.Time) offset {
	return offset(r.server(local) - local.UnixMicro())
}

// doubt is by how much server may be off at a local time.
func (r *reading) doubt(local time.Time) time.Duration {
	return r.slack + local.Sub(r.at).Abs()/drift
}

// agrees says that both can be right.
func (r *reading) agrees(other *reading) bool {
	apart := time.Duration(r.server(other.at)-other.shown) * time.Microsecond
	return apart.Abs() <= r.doubt(other.at)+other.slack
}

// offset is that of the latest reading; 0 if there was none, which then failed.
func (c *clock) offset(local time.Time) offset {
	r := c.load()
	if r == nil {
		return 0
	}
	return r.offset(local)
}
