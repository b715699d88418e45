package suite

import (
	"syscall"
	"time"
)

// threadUsage is RUSAGE_THREAD, which package syscall doesn't name.
const threadUsage = 1

// cpuTime returns how much processor time this thread has used, in seconds. What other programs do to the machine
// doesn't count, but the caller must hold its thread.
func cpuTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(threadUsage, &u); err != nil {
		return wallTime()
	}
	return (time.Duration(u.Utime.Nano()) + time.Duration(u.Stime.Nano())).Seconds()
}
