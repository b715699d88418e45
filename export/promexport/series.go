package promexport

import (
	"context"
	"iter"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cachier-go/cachier/metrics"
)

// catalog is what Prometheus is told of package metrics' catalogue.
type catalog struct {
	rows     map[string]*row // by metric name
	reserved map[string]bool // label names that no static label may have
}

type row struct {
	metric  *metrics.Metric
	desc    *prometheus.Desc
	classic bool // gets classic buckets beside the native ones
}

func newCatalog(o options) catalog {
	c := catalog{rows: map[string]*row{}, reserved: map[string]bool{
		"cache": true, "backend": true, "le": true, "quantile": true, "instance": o.instance,
	}}
	for _, m := range metrics.Catalog() {
		labels := []string{"cache", "backend"}
		for _, label := range m.Labels {
			labels = append(labels, label.Name)
			c.reserved[label.Name] = true
		}
		c.rows[m.Name] = &row{
			metric: &m,
			desc:   prometheus.NewDesc(o.name(&m), m.Help, labels, nil),
			classic: o.classic &&
				(m.Name == "cachier_request_duration_seconds" || m.Name == "cachier_compute_duration_seconds"),
		}
	}
	return c
}

// group is the snapshots that go into the same series, added up, and the labels that those share.
type group struct {
	snapshot metrics.Snapshot
	labels   []*dto.LabelPair
}

// groups reads the source once. Several functions of one identity are one group, because Prometheus refuses two series
// that look alike.
func (c *Collector) groups(ctx context.Context) (all []*group, err error) {
	snapshots, err := metrics.ReadSnapshots(ctx, c.source)
	if err != nil {
		return nil, err
	}
	seen := map[string]*group{}
	for _, s := range snapshots {
		labels := c.common(s)
		id := identity(labels)
		if g, ok := seen[id]; ok {
			g.snapshot = g.snapshot.Plus(s)
			continue
		}
		g := &group{s, labels}
		seen[id] = g
		all = append(all, g)
	}
	return all, nil
}

// series yields all series of a source, whose functions have been read.
func (c *Collector) series(groups []*group) iter.Seq2[*row, *dto.Metric] {
	return func(yield func(*row, *dto.Metric) bool) {
		own := map[*metrics.Label][]*dto.LabelPair{} // the further labels, made once for all functions
		for _, g := range groups {
			created := timestamppb.New(g.snapshot.Start)
			for s := range g.snapshot.Series() {
				row := c.catalog.rows[s.Metric.Name]
				if !c.keeps(g.snapshot.Name, row) {
					continue
				}
				m := &dto.Metric{Label: withOwn(g.labels, ownLabels(s.Labels, own))}
				switch s.Metric.Kind {
				case metrics.KindCounter:
					m.Counter = &dto.Counter{Value: proto.Float64(s.Value), CreatedTimestamp: created}
				case metrics.KindGauge:
					m.Gauge = &dto.Gauge{Value: proto.Float64(s.Value)}
				case metrics.KindHistogram:
					m.Histogram = histogram(s.Buckets, created, row.classic)
				}
				if !yield(row, m) {
					return
				}
			}
		}
		if source, ok := c.source.(metrics.ExportAccounting); ok {
			if !c.exports(source, yield) {
				return
			}
		}
		if source, ok := c.source.(metrics.StoreReadings); ok {
			c.readings(source, yield)
		}
	}
}

// exports yields what became of the exports to other systems that the source knows of, from the first failure on. It
// returns false if yield has had enough.
func (c *Collector) exports(source metrics.ExportAccounting, yield func(*row, *dto.Metric) bool) bool {
	failed, dropped := c.catalog.rows["cachier_export_errors_total"], c.catalog.rows["cachier_dropped_total"]
	for _, stat := range source.ExportStats() {
		labels := []*dto.LabelPair{pair("exporter", stat.Exporter), pair("reason", stat.Reason)}
		for _, count := range []struct {
			row *row
			n   uint64
		}{{failed, stat.Errors}, {dropped, stat.Dropped}} {
			m := &dto.Metric{Label: labels, Counter: &dto.Counter{Value: proto.Float64(float64(count.n))}}
			if count.n > 0 && c.keeps("", count.row) && !yield(count.row, m) {
				return false
			}
		}
	}
	return true
}

func (c *Collector) keeps(cache string, r *row) bool {
	return c.options.keep == nil || c.options.keep(cache, r.metric)
}

// ownLabels returns the further labels of a series sorted by name. Most series of the catalogue share theirs between
// functions, so made remembers them by where they stand.
func ownLabels(labels []metrics.Label, made map[*metrics.Label][]*dto.LabelPair) []*dto.LabelPair {
	if len(labels) == 0 {
		return nil
	}
	if pairs, ok := made[&labels[0]]; ok {
		return pairs
	}
	pairs := make([]*dto.LabelPair, 0, len(labels))
	for _, label := range labels {
		pairs = append(pairs, pair(label.Name, label.Value))
	}
	sortPairs(pairs)
	made[&labels[0]] = pairs
	return pairs
}
