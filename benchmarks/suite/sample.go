package suite

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// Sample is one measurement.
type Sample struct {
	// Part names the comparison it belongs to, as [Parts] lists them.
	Part string
	// Process and Round say when it was taken; Position is its place in the order drawn for that round.
	Process, Round, Position int
	// Case is what was done: the kind of keys, the trace and size, and the like.
	Case string
	// Subject is the set-up measured, usually a name of package peer.
	Subject string
	// Goroutines is how many called at once; 0 where that doesn't apply.
	Goroutines int
	// Unit is what Value counts, such as ns/op.
	Unit  string
	Value float64
}

var header = []string{"part", "process", "round", "position", "case", "subject", "goroutines", "unit", "value"}

// Writer writes samples as CSV, a header first.
type Writer struct{ csv *csv.Writer }

// NewWriter returns a Writer whose errors show at Flush.
func NewWriter(w io.Writer) *Writer {
	c := csv.NewWriter(w)
	_ = c.Write(header)
	return &Writer{c}
}

// Write adds one sample.
func (w *Writer) Write(s Sample) {
	_ = w.csv.Write([]string{
		s.Part, strconv.Itoa(s.Process), strconv.Itoa(s.Round), strconv.Itoa(s.Position), s.Case, s.Subject,
		strconv.Itoa(s.Goroutines), s.Unit, strconv.FormatFloat(s.Value, 'g', 6, 64),
	})
}

// Flush hands on what was written and returns the first error there was.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// Read reads the samples that a [Writer] wrote, and calls emit for each as it comes.
func Read(r io.Reader, emit func(Sample)) error {
	c := csv.NewReader(r)
	c.FieldsPerRecord = len(header)
	for first := true; ; first = false {
		rec, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("suite: samples: %w", err)
		}
		if first {
			continue
		}
		s := Sample{Part: rec[0], Case: rec[4], Subject: rec[5], Unit: rec[7]}
		for i, n := range map[int]*int{1: &s.Process, 2: &s.Round, 3: &s.Position, 6: &s.Goroutines} {
			if *n, err = strconv.Atoi(rec[i]); err != nil {
				return fmt.Errorf("suite: samples: column %s: %w", header[i], err)
			}
		}
		if s.Value, err = strconv.ParseFloat(rec[8], 64); err != nil {
			return fmt.Errorf("suite: samples: column value: %w", err)
		}
		emit(s)
	}
}
