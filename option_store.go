package cachier

import (
	"errors"
	"fmt"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// WithBackend keeps the values in a store, as bytes, instead of in memory. The
// store stays its maker's: [Func.Close] does not close it.
func WithBackend(b backend.Backend) Option {
	return option{"WithBackend", func(c *config) error {
		if b == nil {
			return errNilHook
		}
		c.backend = b
		return nil
	}}
}

// WithLocal keeps up to entries values in memory in front of the backend, each
// for at most ttl, which also bounds how long this process may serve what
// another one has changed.
//
// Where the backend is a [backend.Watcher], that is much shorter as a rule: what
// another process stores, deletes or clears leaves the memory as soon as the
// backend tells of it, and whenever it may have told of something unheard, all
// of it does. But events come late and can be lost, so ttl stays the promise.
// The subscription is a goroutine, from the first use of the Func until
// [Func.Close].
func WithLocal(entries int, ttl time.Duration) Option {
	return option{"WithLocal", func(c *config) error {
		if entries <= 0 || ttl <= 0 {
			return fmt.Errorf("%d entries for %v: both must be positive", entries, ttl)
		}
		c.local, c.localMax, c.localTTL = true, entries, ttl
		return nil
	}}
}

// WithCodec sets how values become bytes on a backend. The default is [JSON],
// but []byte and string are stored as they are.
func WithCodec(codec Codec) Option {
	return option{"WithCodec", func(c *config) error {
		if codec == nil {
			return errNilHook
		}
		c.codec = codec
		return nil
	}}
}

// WithNamespace separates programs that share a store. The default is the path
// of the program's main module.
func WithNamespace(namespace string) Option {
	return option{"WithNamespace", func(c *config) error {
		if namespace == "" {
			return errEmpty
		}
		c.namespace = namespace
		return nil
	}}
}

// WithVersion names the version of the values on a backend; entries of another
// version are not seen. The default is a fingerprint of V's shape.
func WithVersion(version string) Option {
	return option{"WithVersion", func(c *config) error {
		if version == "" {
			return errEmpty
		}
		c.version = version
		return nil
	}}
}

// WithOperationTimeout bounds each operation on the backend. The default is
// [DefaultOperationTimeout].
func WithOperationTimeout(d time.Duration) Option {
	return positive("WithOperationTimeout", d, func(c *config) { c.operationTimeout = d })
}

// WithStrict makes a call return an error, without computing, when the backend
// cannot be read. The default is to compute.
func WithStrict() Option {
	return always("WithStrict", func(c *config) { c.strict = true })
}

// WithLease sets how long a process that computes a value for others keeps them
// waiting if it dies; while it lives, it renews its claim. The default is
// [DefaultLease]. It matters on backends with leases only; see
// [backend.Locker].
func WithLease(d time.Duration) Option {
	return positive("WithLease", d, func(c *config) { c.lease = d })
}

// WithSizeInterval sets how often the entries of the Func on the backend, and
// their bytes, are counted for the metrics cachier_entries and
// cachier_size_bytes. Of all processes that share the store, one counts, no more
// often than every d and for no more than one percent of the time, and the
// others read its result; cachier_size_age_seconds says how old that is. It is
// counted after somebody has read the metrics, in the background.
//
// The default is [DefaultSizeInterval] on a [backend.Sizer], and never on other
// backends, and on a [backend.CostlySizer], which have to list all entries: there
// it takes this option. A negative d is never.
func WithSizeInterval(d time.Duration) Option {
	return option{"WithSizeInterval", func(c *config) error {
		if d == 0 {
			return errors.New("0 is no interval; a negative one is never")
		}
		c.sizeInterval = d
		return nil
	}}
}
