package cloudwatchexport

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

	// Metrics are what is sent of a function. New copies them. Nil: Ten().
	Metrics []Metric

	// Labels are dimensions of all metrics, as static labels of functions are,
	// which override those of the same name. An instance among them makes each
	// metric as many as there are instances. New copies them. Nil: none.
	Labels map[string]string

	// Resolution is a minute or a second: how finely CloudWatch keeps the metrics.
	// Zero: a minute.
	Resolution time.Duration

	// Timeout bounds one export, with all its requests and repetitions. Zero: 20
	// seconds. Negative is an error.
	Timeout time.Duration

	// Attempts is how often a request is tried within one export. Zero: 4. 1: no
	// repetition. Negative is an error.
	Attempts int

	// AtMostOnce gives up a request that was sent and not answered, or answered
	// with 500, 502 or 504, which don't say whether it was taken, and counts its
	// data as "in_doubt". False: it is sent again, and if the first had been taken
	// after all, its counts are there twice.
	AtMostOnce bool

	// Queue is how many requests of one batch are kept at most when CloudWatch
	// fails in the midst of it; the data that is over is given up and counted as
	// "queue_full". Zero: 32, of at most 1,000 data and a megabyte each. Negative:
	// none. When a context is cancelled in the midst, as at the end of a program,
	// all of the rest is kept, for the last export and Close.
	Queue int

	// Select leaves out the metrics for which it returns false. It is asked at
	// each push for each function, by its name ("" for exports and for what stores
	// tell of themselves), and each chosen metric that it has, and must not modify
	// the metric. Nil: all. For whole functions there is metrics.Batch.Select too.
	Select func(cache string, m *metrics.Metric) bool

	// Unchecked makes New send nothing: what is wrong with the client shows at the
	// first export.
	Unchecked bool

	// Logger is told of failures, once a minute at most. Nil: slog.Default().
	Logger *slog.Logger
}

const (
	defaultNamespace = "cachier"
	defaultTimeout   = 20 * time.Second
	defaultAttempts  = 4
	defaultQueue     = 32
)

// resolve checks o and fills the defaults in.
func (o *Options) resolve() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	r.Namespace = cmp.Or(r.Namespace, defaultNamespace)
	r.Resolution = cmp.Or(r.Resolution, time.Minute)
	r.Timeout = cmp.Or(r.Timeout, defaultTimeout)
	r.Attempts = cmp.Or(r.Attempts, defaultAttempts)
	r.Queue = cmp.Or(r.Queue, defaultQueue)
	if err := cwdata.CheckNamespace(r.Namespace); err != nil {
		return r, fmt.Errorf("Options.Namespace is %q: %w", r.Namespace, err)
	}
	switch {
	case r.Resolution != time.Second && r.Resolution != time.Minute:
		return r, fmt.Errorf("Options.Resolution is %v, neither a second nor a minute", r.Resolution)
	case r.Timeout < 0:
		return r, fmt.Errorf("Options.Timeout is %v", r.Timeout)
	case r.Attempts < 0:
		return r, fmt.Errorf("Options.Attempts is %d", r.Attempts)
	}
	return r, nil
}

// encoder makes the data of requests.
func (o Options) encoder(drop func(reason string, data int)) (*cwdata.Encoder, error) {
	return cwdata.NewEncoder(cwdata.Settings{Labels: o.Labels, Choices: choices(o.Metrics), Select: o.Select}, drop)
}
