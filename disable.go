package cachier

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
)

// gate is 0 while every call may read its cache, which is all that a hit asks.
// gateDisabled is set while caching is off, gateContexts from the first use of
// Bypass on: only then are contexts worth looking into.
var gate atomic.Uint32

const (
	gateDisabled = 1 << iota
	gateContexts
)

// DisabledVariable is the environment variable that turns caching off from the
// start when it holds a true value, such as 1.
const DisabledVariable = "CACHIER_DISABLED"

func init() {
	if off, err := strconv.ParseBool(os.Getenv(DisabledVariable)); err == nil && off {
		Disable()
	}
}

// Disable turns caching off in the whole process, for every Func that exists
// or will: calls compute, and neither read nor store anything. Put, Delete and
// Clear still work.
func Disable() { gate.Or(gateDisabled) }

// Enable turns caching on again. What was stored before is served again.
func Enable() { gate.And(^uint32(gateDisabled)) }

type bypassKey struct{}

// Bypass returns a context whose calls compute, and neither read nor store
// anything.
func Bypass(ctx context.Context) context.Context {
	gate.Or(gateContexts)
	return context.WithValue(ctx, bypassKey{}, true)
}

// disabled reports whether a call with this context may not use the cache.
func disabled(ctx context.Context) bool {
	g := gate.Load()
	return g&gateDisabled != 0 || g&gateContexts != 0 && ctx.Value(bypassKey{}) != nil
}
