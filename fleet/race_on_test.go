//go:build race

package fleet_test

// raceDetector says that there is one, which makes schedules ten times as slow.
// The package is run once more without it.
const (
	raceDetector = true
	schedules    = 30
)
