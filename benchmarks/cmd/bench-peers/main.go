// Command bench-peers compares the library with its peers and judges the figures that the project promises.
//
//	go run ./cmd/bench-peers -traces DIR -raw raw.csv -doc ../docs/benchmarks.md
//
// It prints what it is at on standard error and, at the end, the tables as Markdown on standard output. Flags choose
// parts of it (-parts hits,pairs), its size (-rounds, -processes) and its seed; -from prints the report of raw samples
// taken before. It leaves with 1 where a figure is missed, and with 2 where the flags make no sense.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/benchmarks/report"
	"github.com/cachier-go/cachier/benchmarks/suite"
)

// settings are what the flags say.
type settings struct {
	options        suite.Options
	parts          []string
	raw, doc, from string
	job            string // what a process started by this one is to do, as JSON; empty for the one that people start
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, spawn))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, do worker) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench-peers:", err)
		return 2
	}
	if s.job != "" {
		err = work(s.job, stdout)
	} else {
		var failed int
		failed, err = compare(ctx, s, stdout, stderr, do)
		if err == nil && failed > 0 {
			fmt.Fprintf(stderr, "bench-peers: %d figures missed\n", failed)
			return 1
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench-peers:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (settings, error) {
	s := settings{options: suite.Defaults()}
	o := &s.options
	var parts, subjects string
	var smoke bool
	f := flag.NewFlagSet("bench-peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.Rounds, "rounds", o.Rounds, "interleaved rounds of each comparison, over all processes")
	f.IntVar(&o.Processes, "processes", o.Processes, "processes over which rounds are spread")
	f.IntVar(&o.PairRounds, "pair-rounds", o.PairRounds, "rounds, in each process, of metrics on against off")
	f.DurationVar(&o.SampleTime, "sample", o.SampleTime, "about how long one measurement takes")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "draws orders, keys and generated traces")
	f.IntVar(&o.Entries, "entries", o.Entries, "entries with which memory is measured")
	f.IntVar(&o.Seconds, "seconds", o.Seconds, "for how long windows are watched")
	f.StringVar(&o.Traces, "traces", "", "directory of recorded traces (name.trace or name.jsonl, plain or .xz)")
	f.StringVar(&parts, "parts", strings.Join(suite.Parts(), ","), "what to compare")
	f.StringVar(&subjects, "subjects", "", "set-ups whose hits are compared, by name, separated by |; empty for all")
	f.StringVar(&s.raw, "raw", "", "file that raw samples are written to, as CSV")
	f.StringVar(&s.doc, "doc", "", "Markdown file in which the report takes the place of what follows the line "+marker)
	f.StringVar(&s.from, "from", "", "file of raw samples to report, instead of measuring")
	f.BoolVar(&smoke, "smoke", false, "a run of seconds that proves only that everything works")
	f.StringVar(&s.job, "job", "", "used by bench-peers itself")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if smoke {
		traces := o.Traces
		*o = suite.Smoke()
		o.Traces = traces
	}
	s.parts = strings.Split(parts, ",")
	for _, p := range s.parts {
		if !slices.Contains(suite.Parts(), p) {
			return s, fmt.Errorf("-parts: no part is named %q, want some of %s", p, strings.Join(suite.Parts(), ","))
		}
	}
	if subjects != "" {
		o.Subjects = strings.Split(subjects, "|")
	}
	if o.Rounds < 1 || o.Processes < 1 || o.PairRounds < 1 || o.SampleTime <= 0 || o.Entries < 1 || o.Seconds < 1 {
		return s, errors.New("-rounds, -processes, -pair-rounds, -sample, -entries and -seconds must be above zero")
	}
	return s, nil
}

// compare measures, or reads, the samples, prints the report and returns how many figures were missed.
func compare(ctx context.Context, s settings, stdout, stderr io.Writer, do worker) (failed int, err error) {
	var data report.Data
	if s.from != "" {
		err = readSamples(s.from, &data)
	} else {
		err = measure(ctx, s, stderr, do, &data)
	}
	if err != nil {
		return 0, err
	}
	text := report.Markdown(&data)
	if s.from == "" {
		text = report.Preamble(s.options) + text
	}
	fmt.Fprint(stdout, text)
	if s.doc != "" {
		if err := replaceRun(s.doc, text); err != nil {
			return 0, err
		}
	}
	for _, v := range report.Verdicts(&data) {
		if !v.Pass {
			failed++
		}
	}
	return failed, nil
}

// marker is the line of a document that the report of a run follows.
const marker = "<!-- the run -->"

// replaceRun puts the report in the place of the one that the document has.
func replaceRun(path, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	kept, _, found := strings.Cut(string(old), marker)
	if !found {
		return fmt.Errorf("-doc: %s has no line %s", path, marker)
	}
	return os.WriteFile(path, []byte(kept+marker+"\n\n"+text), 0o644)
}

func readSamples(path string, data *report.Data) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return suite.Read(f, data.Add)
}

// job is what a process started by this one is told.
type job struct {
	Options suite.Options
	Task    suite.Task
}

// work carries out a job and writes the samples to w.
func work(text string, w io.Writer) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return fmt.Errorf("-job: %w", err)
	}
	out := suite.NewWriter(w)
	if err := suite.Do(j.Options, j.Task, out.Write); err != nil {
		return err
	}
	return out.Flush()
}
