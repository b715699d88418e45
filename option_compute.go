package cachier

import (
	"fmt"
	"time"
)

// WithWaitTimeout bounds how long a caller waits for another's computation.
// The first to reach it computes itself, the others join that second
// computation; there is never a third. The bound varies by up to a tenth at
// random, so that waiters do not move in step. The default is to wait.
func WithWaitTimeout(d time.Duration) Option {
	return positive("WithWaitTimeout", d, func(c *config) { c.waitTimeout = d })
}

// WithComputeTimeout sets a deadline on the context that computations get. The
// default is none: the deadline of a caller ends only that caller's waiting.
func WithComputeTimeout(d time.Duration) Option {
	return positive("WithComputeTimeout", d, func(c *config) { c.computeTimeout = d })
}

// WithMaxComputes bounds the computations under way in this process; further
// ones wait for their turn. One that calls the Func again lends that call its
// turn. The default is no bound.
func WithMaxComputes(n int) Option {
	return option{"WithMaxComputes", func(c *config) error {
		if n <= 0 {
			return fmt.Errorf("%d is not positive", n)
		}
		c.maxComputes = n
		return nil
	}}
}

// WithCost gives the price of computing a value, in any unit of account. It is
// added up over computations, and over hits as what they saved. The types must
// be those of the Func.
func WithCost[K, V any](price func(K, V) float64) Option {
	return typed("WithCost", price == nil, func(c *config) { c.cost = price })
}
