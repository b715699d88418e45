package cachier

import (
	"fmt"
	"sync"
	"time"
)

// Defaults of the options that have one; see also [SetDefaults].
const (
	// DefaultMaxEntries bounds a Func in memory that has neither WithMaxEntries
	// nor WithMaxWeight.
	DefaultMaxEntries = 10_000
	// DefaultOperationTimeout bounds each operation on a backend.
	DefaultOperationTimeout = 2 * time.Second
	// DefaultSizeInterval is how often the entries on a backend that knows them
	// without a listing are counted for metrics, at most.
	DefaultSizeInterval = time.Minute
	// DefaultLease is how long a claim lasts whose process has died.
	DefaultLease = 10 * time.Second
)

// defaults are the options set by SetDefaults.
var defaults struct {
	mu   sync.Mutex // protects opts
	opts []Option
}

// SetDefaults sets options that every Func has unless it is given its own. They
// are read when a Func is first called, so they also hold for those made
// before, unless called already; only what concerns metrics (WithoutMetrics,
// WithSampling, WithRegistry, WithLabels, WithKeysRevealed) is read by New. Each
// call replaces the defaults of the one before; with none, they are as they
// were at first. A default that makes no sense for a Func, such as a window of
// stale values where it has no TTL, does not concern it. Options whose hooks
// name a type are refused.
func SetDefaults(opts ...Option) error {
	c := new(config)
	if err := c.take(opts); err != nil {
		return fmt.Errorf("cachier: SetDefaults: %w", err)
	}
	for name, hook := range c.hooks() {
		if hook != nil {
			return fmt.Errorf("cachier: SetDefaults: %s fits one type only; give it to New", name)
		}
	}
	defaults.mu.Lock()
	defer defaults.mu.Unlock()
	defaults.opts = append([]Option(nil), opts...)
	return nil
}

// hooks are the options whose types New has to check.
func (c *config) hooks() map[string]any {
	return map[string]any{
		"WithKey": c.key, "WithClone": c.clone, "WithEqual": c.equal, "WithCost": c.cost,
		"WithSizer": c.sizer, "WithTTLFunc": c.ttlFunc,
	}
}

// defaultConfig is the configuration that a Func's own options start from.
func defaultConfig() *config {
	defaults.mu.Lock()
	opts := defaults.opts
	defaults.mu.Unlock()
	c := &config{operationTimeout: DefaultOperationTimeout, lease: DefaultLease}
	_ = c.take(opts) // SetDefaults has tried them
	return c
}

// take applies options in their order.
func (c *config) take(opts []Option) error {
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt.apply(c); err != nil {
			return err
		}
	}
	return nil
}

// yield drops the defaults that make no sense for a Func: because of its own
// options, or because its results cannot be nil. What its own options say stays,
// for check to complain of.
func (c *config) yield(own *config, nilable bool) {
	if own.maxEntries > 0 && own.maxWeight == 0 {
		c.maxWeight = 0
	}
	if own.maxWeight > 0 && own.maxEntries == 0 {
		c.maxEntries = 0
	}
	if c.backend != nil {
		c.maxEntries, c.maxWeight = own.maxEntries, own.maxWeight
	} else {
		c.local = own.local
		c.codec, c.strict, c.sizeInterval = own.codec, own.strict, own.sizeInterval
	}
	if c.ttl == 0 && c.ttlFunc == nil {
		c.staleServe, c.staleError, c.refreshAhead = own.staleServe, own.staleError, own.refreshAhead
		c.ttlJitter, c.hasJitter = own.ttlJitter, own.hasJitter
	}
	if c.ttl > 0 && c.refreshAhead >= c.ttl {
		c.refreshAhead = own.refreshAhead
	}
	c.refuseNil = own.refuseNil || c.refuseNil && nilable
}
