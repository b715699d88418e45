package cachier

import "time"

// state is what may be done with a stored value at one moment.
type state uint8

const (
	fresh    state = iota // serve it
	ahead                 // serve it, and refresh it behind
	servable              // its TTL is over: serve it, and refresh it behind
	fallback              // serve it only if computing fails
	expired               // no use any more
	tooOld                // older than this call allows
)

// freshness holds the windows after, and before, the end of a TTL.
type freshness struct {
	serve, fallback time.Duration // after it
	ahead           time.Duration // before it
}

// longest is how long after the end of its TTL a value may still be of use.
func (f *freshness) longest() time.Duration { return max(f.serve, f.fallback) }

// judge tells what a value of this age is good for. It is the only place that
// does. A negative age comes from another time axis and says nothing, so it
// counts as expired; stores, whose clocks may differ, never report one.
func (f *freshness) judge(age, ttl time.Duration, o *callOptions) state {
	past := age - ttl // how long its TTL has been over
	over := ttl > 0 && past > 0
	switch {
	case age < 0:
		return expired
	case o.hasMaxAge && age > o.maxAge:
		return tooOld
	case !over && ttl > 0 && past > -f.ahead:
		return ahead
	case !over:
		return fresh
	case past <= f.serve && !o.hasMaxAge:
		return servable
	case past <= f.fallback:
		return fallback
	default:
		return expired
	}
}
