package metrics

import (
	"math"
	"time"
)

// Seconds is a sum of time that may be longer than the 292 years a
// time.Duration holds: what a fleet saves passes that in days.
type Seconds float64

// Duration returns s as a time.Duration, cut at what that can hold.
func (s Seconds) Duration() time.Duration { return duration(float64(s)) }

// String returns s as a time.Duration is shown, such as "1h15m0s".
func (s Seconds) String() string { return s.Duration().String() }

// duration turns seconds into a time.Duration, cut at what that can hold; NaN
// is 0.
func duration(s float64) time.Duration {
	ns := math.Round(s * 1e9)
	switch {
	case ns != ns:
		return 0
	case ns >= math.MaxInt64:
		return math.MaxInt64
	case ns <= math.MinInt64:
		return math.MinInt64
	default:
		return time.Duration(ns)
	}
}
