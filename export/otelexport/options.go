package otelexport

import (
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/cachier-go/cachier/metrics"
)

// An Option changes what a [Producer] or a [Registration] hands on.
type Option func(*options)

type options struct {
	instance    bool
	keep        func(cache string, m *metrics.Metric) bool
	temporality temporality
	chosen      bool // temporality was set
	sparse      bool // no sums of 0
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

// WithoutZeros leaves out cumulative sums as long as they are 0, as the SDK's own instruments do: twelve or so of the sixteen
// that cachier.requests has for each function, half of a push. The protocol says since when a sum counts, so a backend that
// goes by that misses nothing. Prometheus does not by default: it misses the first events of each kind, and has no ratio of a
// function that never had a hit. The default keeps them. Deltas of 0 are always left out.
func WithoutZeros() Option {
	return func(o *options) { o.sparse = true }
}

// WithTemporality makes the sums and histograms of a [Producer] deltas where selector says so for observable counters and
// for histograms: what came since the last collection, for backends that want that. An exporter has one that goes by its
// settings: WithTemporality(exporter.Temporality). The default is cumulative.
//
// A producer of deltas has one cursor: make one for each reader. As with the SDK's own deltas, what a reader collected and its
// exporter could not send is lost, where cumulative sums catch up, and so is what it threw away because another producer or
// callback failed; and Shutdown cancels a push under way, so that ForceFlush
// belongs before it.
//
// A nil selector, or an answer that is neither cumulative nor delta, is an error that [NewProducer] tells otel.Handle. [Register] refuses
// this option: there the reader's own temporality counts.
func WithTemporality(selector sdkmetric.TemporalitySelector) Option {
	as := temporalityOf(selector)
	return func(o *options) { o.temporality, o.chosen = as, true }
}
