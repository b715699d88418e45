package metrics

import (
	"context"
	"fmt"
	"time"
)

// readAtPush bounds the reading of all stores for one batch.
const readAtPush = time.Second

// others returns what belongs to the registry and to none of its functions:
// failures of exports, and what stores tell of themselves.
func (g *Registry) others(ctx context.Context) (all []Series) {
	for _, s := range g.ExportStats() {
		labels := []Label{{"exporter", s.Exporter}, {"reason", s.Reason}}
		if s.Errors > 0 {
			all = append(all, Series{Metric: &catalog[mExportErrors], Labels: labels, Value: float64(s.Errors)})
		}
		if s.Dropped > 0 {
			all = append(all, Series{Metric: &catalog[mDropped], Labels: labels, Value: float64(s.Dropped)})
		}
	}
	ctx, cancel := context.WithTimeout(ctx, readAtPush)
	defer cancel()
	for _, r := range g.Readings(ctx) {
		m := r.Metric()
		all = append(all, Series{Metric: &m, Labels: []Label{{"backend", r.Backend}}, Value: r.Value})
	}
	return all
}

// since returns what was added to counters since they had the values in sent,
// and gauges as they are; and the values that counters have now.
func since(sent map[string]float64, all []Series) (deltas []Series, now map[string]float64) {
	now = map[string]float64{}
	for _, s := range all {
		if s.Metric.Kind == KindCounter {
			key := fmt.Sprintf("%s %q", s.Metric.Name, s.Labels)
			now[key] = s.Value
			s.Value -= sent[key]
		}
		if s.Metric.Kind == KindGauge || s.Value > 0 {
			deltas = append(deltas, s)
		}
	}
	return deltas, now
}
