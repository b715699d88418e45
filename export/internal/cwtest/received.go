// Package cwtest has what the tests of the exporters to CloudWatch have in common.
package cwtest

import (
	"strings"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// Received is what has arrived of a series, where of knows it by the metric's name
// and its dimensions. Which dimensions a series has is said here once more, by other
// means than cwdata's.
func Received(s metricstest.Series, of func(name string, dimensions map[string]string) (testserver.Tally, bool)) (float64, bool) {
	dimensions := map[string]string{}
	put := func(name, value string) { dimensions[cwdata.Escape(name)] = cwdata.Escape(value) }
	if s.Cache != "" {
		put("cache", s.Cache)
	}
	for name, value := range s.Static {
		if reserved(name) {
			name = "label_" + name
		}
		put(name, value)
	}
	for _, l := range s.Labels {
		put(l.Name, l.Value)
	}
	got, ok := of(strings.TrimPrefix(s.Metric.OTel, "cachier."), dimensions)
	switch s.Metric.Kind {
	case metrics.KindCounter:
		return got.Sum, ok
	case metrics.KindGauge:
		return got.Last, ok
	default:
		return got.Count, ok
	}
}

func reserved(label string) bool {
	if label == "cache" || label == "backend" || strings.HasPrefix(label, "label_") {
		return true
	}
	for _, m := range metrics.Catalog() {
		for _, l := range m.Labels {
			if l.Name == label {
				return true
			}
		}
	}
	return false
}
