package cachier

import (
	"fmt"
	"math"
	"time"
)

// WithMaxEntries bounds the values kept in memory by their number. The default
// is [DefaultMaxEntries], unless [WithMaxWeight] is given. For the tier in
// front of a backend see [WithLocal].
func WithMaxEntries(n int) Option {
	return option{"WithMaxEntries", func(c *config) error {
		if n <= 0 || n > math.MaxInt32 {
			return fmt.Errorf("%d is not in 1 to %d", n, math.MaxInt32)
		}
		c.maxEntries = n
		return nil
	}}
}

// WithMaxWeight bounds the values kept in memory by the sum of their weights:
// those of [WithSizer], else their estimated bytes. A value heavier than the
// whole bound is returned and not stored.
func WithMaxWeight(weight int64) Option {
	return option{"WithMaxWeight", func(c *config) error {
		if weight <= 0 {
			return fmt.Errorf("%d is not positive", weight)
		}
		c.maxWeight = weight
		return nil
	}}
}

// WithSizer gives the size of an entry, in bytes unless [WithMaxWeight] counts
// something else, where an entry counts as 1 at the least. It is called once for
// every value that is stored. The default is a bounded estimate by reflection.
// The types must be those of the Func.
func WithSizer[K, V any](size func(K, V) int64) Option {
	return typed("WithSizer", size == nil, func(c *config) { c.sizer = size })
}

// WithEntrySizeLimit refuses to store values larger than so many bytes: they
// are returned, and counted as rejections with their size. The size is that of
// [WithSizer], of the encoded value on a backend, or else an estimate.
func WithEntrySizeLimit(bytes int64) Option {
	return option{"WithEntrySizeLimit", func(c *config) error {
		if bytes <= 0 {
			return fmt.Errorf("%d is not positive", bytes)
		}
		c.entrySizeLimit = bytes
		return nil
	}}
}

// WithoutNil refuses to store nil results: pointers, slices, maps, interfaces,
// functions and channels that are nil. The default stores them, because a nil
// slice is Go's normal way to say "none".
func WithoutNil() Option {
	return always("WithoutNil", func(c *config) { c.refuseNil = true })
}

// WithCleanup removes entries that are past every use, at this interval, until
// the Func is closed. The default leaves them to eviction and to [Func.Cleanup].
func WithCleanup(interval time.Duration) Option {
	return positive("WithCleanup", interval, func(c *config) { c.cleanup = interval })
}

// WithKey makes the key of an argument. Arguments with equal keys are the same
// call. It is needed where K has no natural key; K must be that of the Func.
func WithKey[K any](key func(K) string) Option {
	return typed("WithKey", key == nil, func(c *config) { c.key = key })
}

// WithClone copies each value before a caller gets it, for callers who write
// into what they get. The default shares one value between all callers, who
// must only read it. V must be that of the Func.
func WithClone[V any](clone func(V) V) Option {
	return typed("WithClone", clone == nil, func(c *config) { c.clone = clone })
}

// WithEqual tells whether a recomputed value equals the one it replaces, for
// the share of computations that changed nothing. By default plain data is
// compared, and anything else counts as unknown. V must be that of the Func.
func WithEqual[V any](equal func(a, b V) bool) Option {
	return typed("WithEqual", equal == nil, func(c *config) { c.equal = equal })
}
