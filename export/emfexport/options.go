package emfexport

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/metrics"
)

// Options are the settings of an [Exporter]. A nil *Options and the zero value
// mean the defaults.
type Options struct {
	// Namespace has all metrics in it: letters, digits and ".-_/#: ", at most 255,
	// not beginning with a colon or "AWS/". Empty: "cachier".
	Namespace string

	// Metrics are what is written of a function. New copies them. Nil: Ten().
	Metrics []Metric

	// Labels are dimensions of all metrics, as static labels of functions are,
	// which override those of the same name. An instance among them makes each
	// metric as many as there are instances. New copies them. Nil: none.
	Labels map[string]string

	// Resolution is a minute or a second: how finely CloudWatch keeps the metrics.
	// Zero: a minute.
	Resolution time.Duration

	// MaxLine is the size of lines in bytes at most, with their ends. A metric
	// that has no room in one is given up and counted as "too_long". Zero: 16,000,
	// which runtimes of containers leave whole; CloudWatch takes a megabyte. 4,096
	// is what Linux leaves whole in a pipe to which several processes write. Less,
	// or more than 1,000,000, is an error.
	MaxLine int

	// Queue is how many bytes of one batch are kept at most when the writer fails
	// in the midst of it; the data that is over is given up and counted as
	// "queue_full". Zero: 1 MiB. Negative: none, but for the rest of a line.
	Queue int

	// Select leaves out the metrics for which it returns false. It is asked at
	// each push for each function, by its name ("" for exports and for what stores
	// tell of themselves), and each chosen metric that it has, and must not modify
	// the metric. Nil: all. For whole functions there is metrics.Batch.Select too.
	Select func(cache string, m *metrics.Metric) bool

	// Logger is told of failures, once a minute at most; it should not write to
	// what failed. Nil: slog.Default().
	Logger *slog.Logger
}

const (
	defaultNamespace = "cachier"
	defaultMaxLine   = 16_000
	minMaxLine       = 4096
	maxMaxLine       = 1_000_000
	defaultQueue     = 1 << 20
)

// resolve checks o and fills the defaults in.
func (o *Options) resolve() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	r.Namespace = cmp.Or(r.Namespace, defaultNamespace)
	r.Resolution = cmp.Or(r.Resolution, time.Minute)
	r.MaxLine = cmp.Or(r.MaxLine, defaultMaxLine)
	r.Queue = cmp.Or(r.Queue, defaultQueue)
	if err := cwdata.CheckNamespace(r.Namespace); err != nil {
		return r, fmt.Errorf("Options.Namespace is %q: %w", r.Namespace, err)
	}
	switch {
	case r.Resolution != time.Second && r.Resolution != time.Minute:
		return r, fmt.Errorf("Options.Resolution is %v, neither a second nor a minute", r.Resolution)
	case r.MaxLine < minMaxLine || r.MaxLine > maxMaxLine:
		return r, fmt.Errorf("Options.MaxLine is %d, not in %d..%d", r.MaxLine, minMaxLine, maxMaxLine)
	}
	return r, nil
}

// encoder makes the data of lines.
func (o Options) encoder(drop func(reason string, data int)) (*cwdata.Encoder, error) {
	return cwdata.NewEncoder(cwdata.Settings{Labels: o.Labels, Choices: choices(o.Metrics), Select: o.Select}, drop)
}
