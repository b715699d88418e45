package rules

import (
	"io"
	"slices"
)

// Options say how the rules differ from the usual ones.
type Options struct {
	By      []string // labels that tell services apart, such as job; none: all are one
	Classic bool     // histograms are classic ones: see promexport.WithClassicBuckets
}

const head = `Recording and alert rules about functions cached by cachier for Go.

What is recorded is by function and service. Ratios are in 0..1, times in seconds; where nothing was called there
is no ratio.
`

// Write writes the rules as YAML.
func Write(w io.Writer, o Options) error {
	return write(w, head, slices.Concat(records(o), alerts(o)))
}
