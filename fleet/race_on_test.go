//go:build race

package fleet_test

// schedules are fewer here: the race detector makes them ten times as slow, and
// the package is run once more without it.
const schedules = 30
