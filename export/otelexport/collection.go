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
	keep func(cache string, m *metrics.Metric) bool
	now  time.Time

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

func newCollection(keep func(string, *metrics.Metric) bool) *collection {
	return &collection{keep: keep, now: time.Now(), rows: map[string]*row{}}
}

// row returns the one of a metric; nil if it isn't wanted, or if the name is
// taken by one of another kind.
func (c *collection) row(cache string, m *metrics.Metric, whole bool) *row {
	if c.keep != nil && !c.keep(cache, m) {
		return nil
	}
	r := c.rows[m.OTel]
	if r == nil {
		r = &row{metric: *m, whole: whole}
		c.rows[m.OTel] = r
		c.names = append(c.names, m.OTel)
	}
	if r.metric.Kind != m.Kind || r.metric.Unit != m.Unit {
		return nil
	}
	return r
}

// add takes one series of a function.
func (c *collection) add(f *function, s metrics.Series) {
	r := c.row(f.snapshot.Name, s.Metric, whole(s.Metric))
	if r == nil {
		return
	}
	set := with(f.common, s.Labels)
	if s.Metric.Kind == metrics.KindHistogram {
		r.hists = append(r.hists, histogram(s.Buckets, set, f.snapshot.Start, f.snapshot.To))
		return
	}
	r.add(set, s.Value, f.snapshot.Start, f.snapshot.To)
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
			if n == 0 {
				continue
			}
			if r := c.row("", &m, true); r != nil {
				set := attribute.NewSet(text("exporter", stat.Exporter), text("reason", stat.Reason))
				r.add(set, float64(n), time.Time{}, c.now)
			}
		}
	}
}

// readings takes what stores tell of themselves, which nobody knows to be whole.
func (c *collection) readings(all []metrics.Reading) {
	for _, reading := range all {
		m := reading.Metric()
		if r := c.row("", &m, false); r != nil {
			r.add(attribute.NewSet(text("backend", reading.Backend)), reading.Value, time.Time{}, c.now)
		}
	}
}

// add appends a point. Gauges have no start.
func (r *row) add(set attribute.Set, value float64, start, now time.Time) {
	if r.metric.Kind == metrics.KindGauge {
		start = time.Time{}
	}
	if r.whole {
		r.ints = append(r.ints, metricdata.DataPoint[int64]{Attributes: set, StartTime: start, Time: now, Value: int64(value)})
		return
	}
	r.floats = append(r.floats, metricdata.DataPoint[float64]{Attributes: set, StartTime: start, Time: now, Value: value})
}

// whole reports whether the values of a metric of the catalogue are counts of
// something, or of bytes.
func whole(m *metrics.Metric) bool {
	return strings.HasPrefix(m.Unit, "{") || m.Unit == "By" || m.OTel == "cachier.info"
}
