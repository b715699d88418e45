package cwdata

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// sum is what the series of one function add up to that differ only in labels
// that become no dimensions. Of gauges, which can't be added, it has the largest.
type sum struct {
	metric  *metrics.Metric
	labels  []metrics.Label
	value   float64
	buckets metrics.Buckets
}

// add adds a series, under the labels that are left of it, to one that is there
// if it folds.
func (e *Encoder) add(s metrics.Series, labels []metrics.Label, folds bool) {
	if folds {
		for i := range e.sums {
			sum := &e.sums[i]
			if sum.metric != s.Metric || !slices.Equal(sum.labels, labels) {
				continue
			}
			switch s.Metric.Kind {
			case metrics.KindCounter:
				sum.value += s.Value
			case metrics.KindGauge:
				sum.value = max(sum.value, s.Value)
			case metrics.KindHistogram:
				sum.buckets = sum.buckets.Plus(s.Buckets)
			}
			return
		}
	}
	e.sums = append(e.sums, sum{s.Metric, labels, s.Value, s.Buckets})
}

func compareLabels(a, b []metrics.Label) int {
	return slices.CompareFunc(a, b, func(x, y metrics.Label) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Value, y.Value))
	})
}

// unit is what CloudWatch calls a unit of the catalogue. What is counted is in
// braces there.
func unit(ucum string) string {
	switch {
	case ucum == "s":
		return "Seconds"
	case ucum == "ms":
		return "Milliseconds"
	case ucum == "By":
		return "Bytes"
	case ucum == "%":
		return "Percent"
	case strings.HasPrefix(ucum, "{"):
		return "Count"
	default:
		return "None"
	}
}
