package suite

import "time"

// Options is the size of a run. It crosses to the processes of a run as JSON.
type Options struct {
	// Rounds is the number of interleaved rounds of each comparison, over all processes.
	Rounds int
	// Processes is over how many processes the rounds are spread.
	Processes int
	// PairRounds is the number of rounds, in each process, of the comparison of metrics on and off.
	PairRounds int
	// SampleTime is how long one measurement takes, about.
	SampleTime time.Duration
	// Seed draws orders, keys and generated traces.
	Seed uint64
	// Warm is how many bursts of look-ups every worker does before it is measured.
	Warm int
	// Resident is how many entries are there to be hit, Capacity how many would fit.
	Resident, Capacity int
	// Entries is how many entries the memory of an entry is measured with.
	Entries int
	// Functions is how many cached functions share a registry when metrics are measured.
	Functions int
	// Procs are the values of GOMAXPROCS at which the memory of metrics is measured.
	Procs []int
	// Seconds is for how many seconds the windows are watched.
	Seconds int
	// Accesses is the length of a generated trace.
	Accesses int
	// Traces is a directory of recorded traces; empty for none.
	Traces string
	// Subjects limits the comparisons of hits to set-ups of these names; empty for all.
	Subjects []string
}

// Defaults are the options of the run that docs/benchmarks.md holds.
func Defaults() Options {
	return Options{
		Rounds: 32, Processes: 8, PairRounds: 31, SampleTime: 25 * time.Millisecond, Seed: 1, Warm: 24,
		Resident: 10_000, Capacity: 11_000, Entries: 1_000_000, Functions: 200, Procs: []int{2, 16, 64}, Seconds: 30,
		Accesses: 1_000_000,
	}
}

// Smoke are options that take seconds and prove only that everything runs.
func Smoke() Options {
	return Options{
		Rounds: 1, Processes: 1, PairRounds: 1, SampleTime: time.Millisecond, Seed: 1, Warm: 1,
		Resident: 500, Capacity: 1000, Entries: 2000, Functions: 4, Procs: []int{2}, Seconds: 1,
		Accesses: 5000,
	}
}

// wanted says whether a subject was asked for.
func (o Options) wanted(subject string) bool {
	for _, s := range o.Subjects {
		if s == subject {
			return true
		}
	}
	return len(o.Subjects) == 0
}

// rounds returns how many rounds the process takes of those shared by all.
func (o Options) rounds(process int) int {
	n := o.Rounds / o.Processes
	if process < o.Rounds%o.Processes {
		n++
	}
	return n
}
