package peer

import (
	"context"
	"errors"
	"time"
)

// ErrKeyKind says that a cache can't hold keys of the kind asked for: sturdyc and go-cache take only strings,
// ristretto only strings, bytes and integers.
var ErrKeyKind = errors.New("peer: this cache takes no keys of that kind")

// errAbsent is what a cache with a loader is given to return when a key was asked for that nobody set.
var errAbsent = errors.New("peer: absent")

// Config is what every cache is opened with.
type Config[K comparable, V any] struct {
	// Capacity is the largest number of entries. It must be positive.
	Capacity int
	// TTL is how long an entry lives after it was written; zero is for ever.
	TTL time.Duration
	// Load computes a value for a [Loader]; nil means that only Set brings values in. It must be safe for
	// concurrent use.
	Load func(context.Context, K) (V, error)
}

// load returns Load, or a function that finds nothing.
func (c Config[K, V]) load() func(context.Context, K) (V, error) {
	if c.Load != nil {
		return c.Load
	}
	return func(context.Context, K) (v V, err error) { return v, errAbsent }
}

// Cache is what is measured of a peer.
type Cache[K comparable, V any] interface {
	// Get looks k up and computes nothing that is kept.
	Get(k K) (V, bool)
	// Set stores v under k, replacing what was there. A cache may refuse an entry, or drop it, without saying so.
	Set(k K, v V)
	// Hits looks every key up, in order, and returns how many were found, and the last value. It stands beside Get
	// because a call through an interface costs several nanoseconds, which is a tenth of what is measured: here the
	// interface is crossed once for many look-ups, and each look-up is the direct call that a user writes.
	Hits(keys []K) (found int, last V)
	// Settle waits until writes, evictions and the policy's maintenance have taken effect.
	Settle()
	// Close ends the goroutines that the cache started, as far as it can, and lets go of the entries.
	Close()
}

// Loader is a cache that computes missing values itself, once for all callers who wait.
type Loader[K comparable, V any] interface {
	// Load returns what is stored under k, or computes it with Config.Load, stores it and returns it.
	Load(ctx context.Context, k K) (V, error)
}

// Peer is one way of setting one cache up.
type Peer[K comparable, V any] struct {
	// Name identifies the set-up in tables and raw samples; it is one of the constants of this package.
	Name string
	// Open makes a cache. It fails with ErrKeyKind where the cache doesn't take keys of kind K.
	Open func(Config[K, V]) (Cache[K, V], error)
}
