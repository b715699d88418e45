package metrics

import "slices"

// Kind is how a metric behaves.
type Kind uint8

const (
	// KindCounter is the zero value: a sum that never falls.
	KindCounter Kind = iota
	// KindGauge: a value of this moment.
	KindGauge
	// KindHistogram: an exponential histogram, see [Buckets].
	KindHistogram
)

var kindNames = []string{"counter", "gauge", "histogram"}

// String returns "counter", "gauge" or "histogram".
func (k Kind) String() string { return nameOf(kindNames, k) }

// Metric is one row of the catalogue. Every function has all of them except
// cachier_export_errors_total and cachier_dropped_total, which belong to the
// exporters of a registry, see [Registry.ExportStats].
type Metric struct {
	Name   string // Prometheus name with its unit and _total, such as "cachier_requests_total"
	OTel   string // OpenTelemetry name, such as "cachier.requests"
	Unit   string // UCUM: "s", "By", or an annotation such as "{request}"
	Kind   Kind
	Help   string     // one sentence
	Labels []LabelDef // further labels, beyond cache, backend and static ones

	cells cellKind
}

// LabelDef is a label and the values it can have; no Values means free text.
type LabelDef struct {
	Name   string
	Values []string
}

// cellKind says where a metric's values are kept.
type cellKind uint8

const (
	uintCells     cellKind = iota // exact counts
	floatCells                    // sums of seconds or money
	histCells                     // histograms
	gaugeCells                    // read when a snapshot is taken
	registryCells                 // kept by a Registry
)

// Catalog returns every metric, in the order in which they are exported. The
// slices are the caller's.
func Catalog() []Metric {
	all := slices.Clone(catalog[:])
	for i := range all {
		all[i].Labels = slices.Clone(all[i].Labels)
		for j := range all[i].Labels {
			all[i].Labels[j].Values = slices.Clone(all[i].Labels[j].Values)
		}
	}
	return all
}
