package cachier

import (
	"fmt"
	"time"
)

// WithTTL sets how long a value is fresh, measured from the end of the
// computation that made it. Without it values never expire.
//
// The age of a value in memory is judged by a clock that may lag behind by a
// millisecond where calls come fast, and by more only while the program is
// starved of processor time; see [WithExactClock]. A TTL under a second is
// always judged exactly.
func WithTTL(ttl time.Duration) Option {
	return positive("WithTTL", ttl, func(c *config) { c.ttl = ttl })
}

// WithTTLFunc lets ttl choose the time to live of each value when it is
// stored: 0 means the one of [WithTTL], a negative one that the value is not
// stored. The types must be those of the Func. Every hit reads the clock.
func WithTTLFunc[K, V any](ttl func(K, V) time.Duration) Option {
	return typed("WithTTLFunc", ttl == nil, func(c *config) { c.ttlFunc = ttl })
}

// WithTTLJitter shortens each value's TTL by a random share of up to fraction,
// so that values that were computed together do not expire together. The
// default is 0.1 where a Func has a [WithBackend], 0 in memory alone.
func WithTTLJitter(fraction float64) Option {
	return option{"WithTTLJitter", func(c *config) error {
		if !(fraction >= 0 && fraction < 1) {
			return fmt.Errorf("%v is not in [0, 1)", fraction)
		}
		c.ttlJitter, c.hasJitter = fraction, true
		return nil
	}}
}

// WithStaleWhileRevalidate serves a value for so long after its TTL has ended,
// at once, while one background computation renews it. The default is not to.
func WithStaleWhileRevalidate(window time.Duration) Option {
	return positive("WithStaleWhileRevalidate", window, func(c *config) { c.staleServe = window })
}

// WithStaleIfError serves a value for so long after its TTL has ended when
// computing a new one fails. The default is to return the error.
func WithStaleIfError(window time.Duration) Option {
	return positive("WithStaleIfError", window, func(c *config) { c.staleError = window })
}

// WithRefreshAhead renews a value in the background when it is asked for in
// the last part, of the given length, of its TTL. The default is not to.
func WithRefreshAhead(window time.Duration) Option {
	return positive("WithRefreshAhead", window, func(c *config) { c.refreshAhead = window })
}

// WithErrorTTL also remembers errors, for so long and in this process only. A
// call that is answered with one is a hit, counted as an error beside. The
// default is to remember none.
func WithErrorTTL(ttl time.Duration) Option {
	return positive("WithErrorTTL", ttl, func(c *config) { c.errorTTL = ttl })
}

// WithExactClock reads the clock on every call, which makes a hit two to three
// times as dear. Without it, calls that come at tens in a millisecond on one
// processor reuse a reading for at most a millisecond and 2047 calls; only a
// program that was stopped, or whose timers did not get to run, can find it
// older.
func WithExactClock() Option {
	return always("WithExactClock", func(c *config) { c.exactClock = true })
}
