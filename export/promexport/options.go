package promexport

import (
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// An Option changes what a [Collector], [Handler] or server sends.
type Option func(*options)

type options struct {
	prefix   string
	classic  bool
	instance bool
	keep     func(cache string, m *metrics.Metric) bool
}

// WithClassicBuckets adds classic buckets to cachier_request_duration_seconds and cachier_compute_duration_seconds, for
// scrapers that can't read native histograms. Fourteen bounds go from 2^-20 s (about 1 µs) to 2^6 s (64 s), each four
// times the one before; they are bounds of the native buckets too, so their counts are exact. They cost fifteen more
// series a histogram. The default is none.
func WithClassicBuckets() Option {
	return func(o *options) { o.classic = true }
}

// WithInstance adds the label `instance` with the instance that a snapshot came from, for sources that know several, and
// keeps instances apart that are added up otherwise. Prometheus has a label of that name for the address it scraped and
// renames this one to exported_instance unless told to honor_labels. The default is no such label.
func WithInstance() Option {
	return func(o *options) { o.instance = true }
}

// WithPrefix has all names begin otherwise than with "cachier_", so that a query of the one doesn't find the other: what a
// whole fleet counted is not added to what each of its instances counted, for example. The default is "cachier_". A name
// that Prometheus doesn't take turns scrapes into an error.
func WithPrefix(prefix string) Option {
	return func(o *options) { o.prefix = prefix }
}

// prefix begins the names of the catalogue.
const prefix = "cachier_"

// name is what a metric is called.
func (o *options) name(m *metrics.Metric) string {
	return o.prefix + strings.TrimPrefix(m.Name, prefix)
}

// WithSelect leaves out the metrics for which keep returns false. It is asked at every scrape for each function, by its
// name ("" for exports to other systems and for what stores tell of themselves), and each metric it has, from any
// goroutine, and must not modify the metric. The default keeps all. To leave out whole functions, [metrics.Filter] does
// for every exporter.
func WithSelect(keep func(cache string, m *metrics.Metric) bool) Option {
	return func(o *options) { o.keep = keep }
}
