package cachier

import (
	"errors"
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
// were at first. Options whose hooks name a type are refused.
func SetDefaults(opts ...Option) error {
	c := new(config)
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt.apply(c); err != nil {
			return errors.Join(errors.New("cachier: SetDefaults"), err)
		}
	}
	for name, hook := range c.hooks() {
		if hook != nil {
			return errors.New("cachier: SetDefaults: " + name + " fits one type only; give it to New")
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
	c := &config{operationTimeout: DefaultOperationTimeout}
	for _, opt := range opts {
		if opt != nil {
			_ = opt.apply(c) // SetDefaults has tried it
		}
	}
	return c
}
