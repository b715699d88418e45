package otelexport

import "github.com/cachier-go/cachier/metrics"

// An Option changes what a [Producer] hands on.
type Option func(*options)

type options struct {
	instance bool
	keep     func(cache string, m *metrics.Metric) bool
}

// WithInstance adds the attribute `instance` with the instance that a snapshot came from, for sources that know several, and
// keeps instances apart that are added up otherwise. The default is no such attribute: a process is a resource.
func WithInstance() Option {
	return func(o *options) { o.instance = true }
}

// WithSelect leaves out the metrics for which keep returns false. It is asked at every collection for each function, by its
// name ("" for exports to other systems and for what stores tell of themselves), and each metric it has, from any
// goroutine, and must not modify the metric. The default keeps all. To leave out whole functions, [metrics.Filter] does for
// every exporter.
func WithSelect(keep func(cache string, m *metrics.Metric) bool) Option {
	return func(o *options) { o.keep = keep }
}
