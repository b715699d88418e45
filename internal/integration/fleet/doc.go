// Package fleet holds no code: its tests and benchmarks have fleets of many instances over a real Redis. They are left out
// where the race detector is, which would make minutes of them; those of package integration are not.
package fleet
