package trace

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// clock turns the times of a trace into times since its first one. They may
// stand still but not run back: what a cache holds depends on the order.
type clock struct {
	started bool
	second  float64   // the first time, where times are seconds
	instant time.Time // the first time, where times are instants
	last    time.Duration
}

var errSpan = errors.New("lies more than 290 years after the first")

// atSeconds takes a time in seconds since any origin.
func (c *clock) atSeconds(s float64) (time.Duration, error) {
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return 0, errors.New("isn't a number of seconds")
	}
	if !c.started {
		c.started, c.second = true, s
	}
	ns := (s - c.second) * 1e9
	if ns >= math.MaxInt64 {
		return 0, errSpan
	}
	return c.advance(time.Duration(max(ns, -math.MaxInt64)))
}

// atInstant takes a time of the calendar.
func (c *clock) atInstant(t time.Time) (time.Duration, error) {
	if !c.started {
		c.started, c.instant = true, t
	}
	d := t.Sub(c.instant)
	if d == math.MaxInt64 {
		return 0, errSpan
	}
	return c.advance(d)
}

func (c *clock) advance(d time.Duration) (time.Duration, error) {
	if d < c.last {
		return 0, fmt.Errorf("lies %v before the access above it (sort the file by time)", c.last-d)
	}
	c.last = d
	return d, nil
}
