package metricstest

import "time"

// Hurry makes the suite give up early, for exporters that are wrong.
func Hurry() { patience, soon = 300*time.Millisecond, 300*time.Millisecond }
