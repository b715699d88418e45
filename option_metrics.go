package cachier

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/cachier-go/cachier/metrics"
)

// WithSampling sets the share of memory hits that are timed, 0 to 1. By default
// every hit is timed while they come slowly, and down to 1 in 1024 when they
// come fast. Outcomes are exact at any rate; at 0 hits read no clock for their
// metrics and have no latencies.
func WithSampling(rate float64) Option {
	return option{"WithSampling", func(c *config) (err error) {
		if c.sampling, err = metrics.SampleRate(rate); err != nil {
			return fmt.Errorf("%v is not between 0 and 1", rate)
		}
		return nil
	}}
}

// WithoutMetrics turns the metrics of the Func off.
func WithoutMetrics() Option {
	return always("WithoutMetrics", func(c *config) { c.withoutMetrics = true })
}

// WithRegistry registers the Func there. The default is [metrics.Default].
func WithRegistry(r *metrics.Registry) Option {
	return option{"WithRegistry", func(c *config) error {
		if r == nil {
			return errNilHook
		}
		c.registry = r
		return nil
	}}
}

// WithLabels adds static labels to the metrics of the Func, which tell apart
// Funcs of the same name. The map is copied. A label needs a name, and not one
// that a metric has already, such as cache or outcome.
func WithLabels(labels map[string]string) Option {
	labels = maps.Clone(labels)
	return option{"WithLabels", func(c *config) error {
		for name := range labels {
			switch {
			case name == "":
				return errors.New("a label has no name")
			case taken(name):
				return fmt.Errorf("the metrics have a label %q already", name)
			}
		}
		c.labels = labels
		return nil
	}}
}

// taken reports whether a label's name is one of the metrics' own.
func taken(name string) bool {
	if name == "cache" || name == "backend" {
		return true
	}
	return slices.ContainsFunc(metrics.Catalog(), func(m metrics.Metric) bool {
		return slices.ContainsFunc(m.Labels, func(l metrics.LabelDef) bool { return l.Name == name })
	})
}

// WithKeysRevealed shows keys in errors, logs and lists of hot keys. The
// default is a short hash, because keys can be personal data.
func WithKeysRevealed() Option {
	return always("WithKeysRevealed", func(c *config) { c.revealKeys = true })
}

// WithLogger sets where failures that no caller sees are logged. The default is
// [slog.Default].
func WithLogger(l *slog.Logger) Option {
	return option{"WithLogger", func(c *config) error {
		if l == nil {
			return errNilHook
		}
		c.logger = l
		return nil
	}}
}

// WithObserver is told of computations, waits and backend operations as they
// start and end, for traces. Memory hits are not observed.
func WithObserver(o metrics.Observer) Option {
	return option{"WithObserver", func(c *config) error {
		if o == nil {
			return errNilHook
		}
		c.observer = o
		return nil
	}}
}
