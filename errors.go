package cachier

import "errors"

// Errors of this package. They are wrapped; test for them with [errors.Is].
var (
	// ErrNoMetrics is returned where metrics are needed and turned off.
	ErrNoMetrics = errors.New("cachier: the function was made WithoutMetrics")

	// ErrBlocked is returned by Peek, and by a strict call, for a key that could
	// not be invalidated, so that what the store holds cannot be trusted.
	ErrBlocked = errors.New("cachier: blocked until a failed invalidation succeeds")
)

var (
	errNilHook  = errors.New("is nil")
	errEmpty    = errors.New("is empty")
	errTooHeavy = errors.New("cachier: heavier than WithMaxWeight allows")
	errGoexit   = errors.New("cachier: the function ended its goroutine with runtime.Goexit")
)
