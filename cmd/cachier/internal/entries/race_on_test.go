//go:build race

package entries_test

// many is less here: the race detector makes the test ten times as slow, and
// has a memory of its own.
const many = 5_000
