package suite

import (
	"fmt"
	"strconv"
)

// Task is what one process does.
type Task struct {
	// Part names the comparison.
	Part string
	// Process numbers the processes of a part from 0.
	Process int
	// Arg says which share of the part it is, where processes don't all do the same.
	Arg string
	// Procs is GOMAXPROCS of the process; 0 leaves it.
	Procs int
}

// part is one comparison: how it is split into tasks, and what a task does.
type part struct {
	name, about string
	plan        func(Options) []Task
	run         func(Options, Task, func(Sample)) error
}

// parts lists every comparison, in the order of the report.
func parts() []part {
	return []part{
		{"hits", "what a hit costs", everyProcess, runHits},
		{"pairs", "what metrics add to a hit", everyProcess, runPairs},
		{"misses", "what a miss costs", everyProcess, runMisses},
		{"mixed", "skewed load over ten times the capacity", everyProcess, runMixed},
		{"stampede", "many callers, one cold key", once, runStampede},
		{"ratios", "hit ratios on traces", once, runRatios},
		{"entries", "memory of an entry, and collecting a full cache", planEntries, runEntries},
		{"functions", "memory of a function's metrics", planFunctions, runFunctions},
		{"windows", "CPU time that windows take", once, runWindows},
		{"scrape", "what a scrape costs", once, runScrape},
	}
}

// Parts returns the names of the comparisons, in the order of the report.
func Parts() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// Tasks returns what there is to do for a part. It fails for a part that [Parts] doesn't list.
func Tasks(name string, o Options) ([]Task, error) {
	p, err := find(name)
	if err != nil {
		return nil, err
	}
	tasks := p.plan(o)
	for i := range tasks {
		tasks[i].Part, tasks[i].Process = name, i
	}
	return tasks, nil
}

// Do carries out a task in this process and calls emit with each sample, from one goroutine.
func Do(o Options, t Task, emit func(Sample)) error {
	p, err := find(t.Part)
	if err != nil {
		return err
	}
	return p.run(o, t, func(s Sample) {
		s.Part, s.Process = t.Part, t.Process
		emit(s)
	})
}

func find(name string) (part, error) {
	for _, p := range parts() {
		if p.name == name {
			return p, nil
		}
	}
	return part{}, fmt.Errorf("suite: no part is named %q, want one of %v", name, Parts())
}

func everyProcess(o Options) []Task { return make([]Task, o.Processes) }

func once(Options) []Task { return make([]Task, 1) }

func planFunctions(o Options) []Task {
	var tasks []Task
	for _, n := range o.Procs {
		tasks = append(tasks, Task{Arg: strconv.Itoa(n), Procs: n})
	}
	return tasks
}
