//go:build !linux

package suite

// cpuTime returns the time that passes, where the system doesn't tell a thread's processor time.
func cpuTime() float64 { return wallTime() }
