package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/cachier-go/cachier/benchmarks/report"
	"github.com/cachier-go/cachier/benchmarks/suite"
)

// worker carries out a job and returns its samples as CSV.
type worker func(context.Context, job) ([]byte, error)

// spawn carries out a job in a process of its own: this program again.
func spawn(ctx context.Context, j job) ([]byte, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-job", string(text))
	cmd.Env = os.Environ()
	if j.Task.Procs > 0 {
		cmd.Env = append(cmd.Env, "GOMAXPROCS="+strconv.Itoa(j.Task.Procs))
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return out, nil
}

// measure carries out every task, one after the other, and adds their samples to data and to the raw file.
func measure(ctx context.Context, s settings, stderr io.Writer, do worker, data *report.Data) error {
	var raw io.Writer = io.Discard
	if s.raw != "" {
		f, err := os.Create(s.raw)
		if err != nil {
			return err
		}
		defer f.Close()
		raw = f
	}
	samples := suite.NewWriter(raw)
	add := func(sample suite.Sample) {
		data.Add(sample)
		samples.Write(sample)
	}
	fmt.Fprintf(stderr, "seed %d, %d rounds over %d processes\n", s.options.Seed, s.options.Rounds, s.options.Processes)
	for _, name := range s.parts {
		tasks, err := suite.Tasks(name, s.options)
		if err != nil {
			return err
		}
		begin := time.Now()
		for i, t := range tasks {
			fmt.Fprintf(stderr, "%s %d/%d %s\n", name, i+1, len(tasks), t.Arg)
			out, err := do(ctx, job{s.options, t})
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if err := suite.Read(bytes.NewReader(out), add); err != nil {
				return err
			}
		}
		fmt.Fprintf(stderr, "%s took %v\n", name, time.Since(begin).Round(time.Second))
	}
	return samples.Flush()
}
