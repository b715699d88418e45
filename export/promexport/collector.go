package promexport

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/cachier-go/cachier/metrics"
)

// A Collector hands the metrics of a source to a prometheus.Registry, at every scrape anew. Functions that join or leave
// the source later are seen. Make one with [NewCollector]; it is safe for concurrent use, and scrapes don't disturb each
// other.
//
// It describes nothing beforehand, because functions come and go and have static labels of their own. Registering it
// twice counts once. Two collectors whose functions overlap, or who tell of stores of one kind, make the scrape an error
// that names the series: give one collector all the registries, with [metrics.Join].
type Collector struct {
	source   metrics.Source
	options  options
	catalog  catalog
	families families
	scrapes  scrapes
}

// sourceTime bounds the reading of a source that asks a store. Prometheus waits as long by default.
const sourceTime = 10 * time.Second

var _ prometheus.Collector = (*Collector)(nil)

// NewCollector returns a collector of everything that source yields: a *metrics.Registry, such as metrics.Default(), the
// Metrics() of one function, or [Functions]. A nil source turns scrapes into an error.
//
// Histograms leave as native ones with the buckets that package metrics counts in; no bucket is added, merged or
// estimated on the way. Functions with the same name, backend and static labels are added up.
func NewCollector(source metrics.Source, opts ...Option) *Collector {
	c := &Collector{source: source, options: options{prefix: prefix}}
	for _, option := range opts {
		option(&c.options)
	}
	c.catalog = newCatalog(c.options)
	return c
}

// Describe implements prometheus.Collector. It sends nothing.
func (c *Collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. What it has sent on a channel it does not send there again, because that is how
// a registry that holds a collector twice asks.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	if err := check(c.source); err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
		return
	}
	if !c.scrapes.first(ch) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), sourceTime)
	defer cancel()
	groups, err := c.groups(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
		return
	}
	for row, m := range c.series(groups) {
		ch <- metric{row.desc, m}
	}
}

// metric is one series of one scrape.
type metric struct {
	desc *prometheus.Desc
	dto  *dto.Metric
}

// Desc implements prometheus.Metric.
func (m metric) Desc() *prometheus.Desc { return m.desc }

// Write implements prometheus.Metric.
func (m metric) Write(out *dto.Metric) error {
	out.Label, out.Counter, out.Gauge, out.Histogram = m.dto.Label, m.dto.Counter, m.dto.Gauge, m.dto.Histogram
	return nil
}
