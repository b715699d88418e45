//go:build race

package fleet_test

// schedules are fewer here: the race detector makes them ten times as slow. raceEnabled
// has all of them run once more without it.
const schedules = 30
