//go:build race

package sqlbackend_test

// Each process takes ten times as long to start with the race detector.
const kills = 6
