package otelexport

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/metrics"
)

// collection gathers the data points of one collection, metric by metric.
type collection struct {
	keep   func(cache string, m *metrics.Metric) bool
	sparse bool // no sums of 0
	now    time.Time
	as     temporality
	cursor *cursor        // where deltas begin; nil if there are none
	sizes  map[string]int // how many points a metric is expected to have

	names []string // in the order in which they came
	rows  map[string]*row
}

// row is one metric with its points. Whole numbers are in ints.
type row struct {
	metric metrics.Metric
	whole  bool // counts of something, or of bytes
	ints   []metricdata.DataPoint[int64]
	floats []metricdata.DataPoint[float64]
	hists  []metricdata.ExponentialHistogramDataPoint[float64]
}

func newCollection(o *options) *collection {
	return &collection{keep: o.keep, sparse: o.sparse, now: time.Now(), as: o.temporality, rows: map[string]*row{}}
}

// row returns the one of a metric; nil if it isn't wanted, or if the name is
// taken by one of another kind.
func (c *collection) row(cache string, m *metrics.Metric, whole bool) *row {
	if c.keep != nil && !c.keep(cache, m) {
		return nil
	}
	r := c.rows[m.OTel]
	if r == nil {
		r = newRow(m, whole, c.sizes[m.OTel])
		c.rows[m.OTel] = r
		c.names = append(c.names, m.OTel)
	}
	if r.metric.Kind != m.Kind || r.metric.Unit != m.Unit {
		return nil
	}
	return r
}

// function takes all series of one function.
func (c *collection) function(f *function) {
	for s := range f.snapshot.Series() {
		if c.as.of(s.Metric.Kind) == metricdata.DeltaTemporality ||
			c.sparse && s.Metric.Kind == metrics.KindCounter && s.Value == 0 {
			continue
		}
		c.add(f, f.totals, s, f.snapshot.Start)
	}
	if c.cursor == nil {
		return
	}
	delta := c.cursor.since(f)
	for s := range delta.Series() {
		if c.as.of(s.Metric.Kind) == metricdata.DeltaTemporality && (s.Value != 0 || s.Buckets.Count > 0) {
			c.add(f, f.deltas, s, delta.From)
		}
	}
}

// add takes one series of a function, whose attributes are among those given.
func (c *collection) add(f *function, a *attributes, s metrics.Series, start time.Time) {
	r := c.row(f.snapshot.Name, s.Metric, whole(s.Metric))
	if r == nil {
		return
	}
	set := a.of(f, s.Labels)
	if s.Metric.Kind == metrics.KindHistogram {
		r.hists = append(r.hists, histogram(s.Buckets, set, start, f.snapshot.To))
		return
	}
	r.add(set, s.Value, start, f.snapshot.To)
}

// exports takes what became of exports to other systems.
func (c *collection) exports(stats []metrics.ExportStat) {
	for _, m := range metrics.Catalog() {
		if m.OTel != "cachier.export.errors" && m.OTel != "cachier.dropped" {
			continue
		}
		for _, stat := range stats {
			n := stat.Errors
			if m.OTel == "cachier.dropped" {
				n = stat.Dropped
			}
			if n > 0 {
				c.other(&m, true, float64(n), text("exporter", stat.Exporter), text("reason", stat.Reason))
			}
		}
	}
}

// readings takes what stores tell of themselves, which nobody knows to be whole.
func (c *collection) readings(all []metrics.Reading) {
	for _, reading := range all {
		m := reading.Metric()
		c.other(&m, false, reading.Value, text("backend", reading.Backend))
	}
}

// other takes a value that belongs to no function. When counting it began is
// not known.
func (c *collection) other(m *metrics.Metric, whole bool, value float64, attributes ...attribute.KeyValue) {
	r := c.row("", m, whole)
	if r == nil {
		return
	}
	set := attribute.NewSet(attributes...)
	var start time.Time
	if c.as.of(m.Kind) == metricdata.DeltaTemporality {
		start = c.cursor.at
		if value = c.cursor.add(m.OTel, set, value); value <= 0 {
			return
		}
	}
	r.add(set, value, start, c.now)
}

// whole reports whether the values of a metric of the catalogue are counts of
// something, or of bytes.
func whole(m *metrics.Metric) bool {
	return strings.HasPrefix(m.Unit, "{") || m.Unit == "By" || m.OTel == "cachier.info"
}
