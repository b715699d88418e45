// Package circuit keeps calls away from something that has failed several times
// in a row, and lets one through now and then to see whether it is back.
//
// It has no goroutine and no timer: time passes when somebody asks.
package circuit

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
)

// When a breaker opens, and how often it probes.
const (
	Threshold = 5           // failures in a row
	Pause     = time.Second // between probes, while open
	// LongPause is the pause after a probe that itself took long, as one does
	// that ends with a time-out: else whoever calls now and then would pay for a
	// probe with every call.
	LongPause = 2 * time.Second
)

// Outcome is how a call went, as far as a breaker is concerned.
type Outcome uint8

// The outcomes. One that says nothing of whether the thing works, such as a
// caller's own cancellation, is Neutral.
const (
	Success Outcome = iota
	Failure
	Neutral
)

// Breaker is closed at first. Its zero value is ready; it is safe for
// concurrent use and must not be copied.
type Breaker struct {
	failures atomic.Int32 // in a row; Threshold or more: open. Written under mu

	mu      sync.Mutex // protects what follows
	next    int64      // when the next probe may go, on the clock axis
	probing bool       // a probe is under way
	since   int64      // when it began
}

// Allow reports whether a call may be made. If so, the caller has to make it
// and then call Done.
func (b *Breaker) Allow() bool {
	if b.failures.Load() < Threshold {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures.Load() < Threshold {
		return true
	}
	// A next that is further off than a pause comes from another time axis.
	now := clock.Now()
	if left := b.next - now; b.probing || left > 0 && left <= int64(LongPause) {
		return false
	}
	b.probing, b.since = true, now
	return true
}

// Done tells how a call went. It may also be told of calls that did not ask.
func (b *Breaker) Done(o Outcome) {
	if o == Success && b.failures.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now, pause := clock.Now(), Pause
	if b.probing && now-b.since > int64(Pause)/2 {
		pause = LongPause
	}
	b.probing = false
	switch o {
	case Success:
		b.failures.Store(0)
	case Failure:
		b.failures.Store(min(b.failures.Load()+1, Threshold))
		b.next = now + int64(pause)
	}
}

// Open reports whether the breaker keeps calls away at the moment.
func (b *Breaker) Open() bool { return b.failures.Load() >= Threshold }
