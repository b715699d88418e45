package backend

import "time"

// Pacer is implemented by a [Locker] that wants those who wait for another
// process to look less often than they would: at a store where each look costs
// money.
type Pacer interface {
	// Pace says how long who waits lets pass until it looks, at first and at
	// most; between the two the pauses grow. Both are positive.
	Pace() (first, last time.Duration)
}

// Pace returns b's pace: 5 and 100 milliseconds if b is no [Pacer], because most
// computations are short and a look costs little.
func Pace(b Backend) (first, last time.Duration) {
	if p, ok := b.(Pacer); ok {
		return p.Pace()
	}
	return 5 * time.Millisecond, 100 * time.Millisecond
}
