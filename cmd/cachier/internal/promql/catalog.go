package promql

import (
	"slices"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// A Metric is a row of the catalogue.
type Metric struct{ metrics.Metric }

// The rows of the catalogue, in its order.
var (
	Requests          = named("cachier_requests_total")
	RequestErrors     = named("cachier_request_errors_total")
	CallsInFlight     = named("cachier_calls_in_flight")
	RequestDuration   = named("cachier_request_duration_seconds")
	ComputeDuration   = named("cachier_compute_duration_seconds")
	Comparisons       = named("cachier_compute_comparisons_total")
	WaitDuration      = named("cachier_wait_duration_seconds")
	Waiters           = named("cachier_waiters")
	Operations        = named("cachier_operations_total")
	OperationDuration = named("cachier_operation_duration_seconds")
	TierLookups       = named("cachier_tier_lookups_total")
	BackendDuration   = named("cachier_backend_operation_duration_seconds")
	Entries           = named("cachier_entries")
	EntriesLimit      = named("cachier_entries_limit")
	Size              = named("cachier_size_bytes")
	SizeLimit         = named("cachier_size_limit_bytes")
	SizeAge           = named("cachier_size_age_seconds")
	EntrySize         = named("cachier_entry_size_bytes")
	Rejections        = named("cachier_rejections_total")
	RejectedSize      = named("cachier_rejected_size_bytes")
	Removals          = named("cachier_removals_total")
	EntryAge          = named("cachier_entry_age_seconds")
	StaleAge          = named("cachier_stale_age_seconds")
	Saved             = named("cachier_saved_seconds_total")
	Overhead          = named("cachier_overhead_seconds_total")
	Cost              = named("cachier_cost_total")
	CostSaved         = named("cachier_cost_saved_total")
	CircuitOpen       = named("cachier_circuit_open")
	RefreshesSkipped  = named("cachier_refreshes_skipped_total")
	ExportErrors      = named("cachier_export_errors_total")
	Dropped           = named("cachier_dropped_total")
	Info              = named("cachier_info")
)

func named(name string) Metric {
	for _, m := range metrics.Catalog() {
		if m.Name == name {
			return Metric{m}
		}
	}
	panic("promql: the catalogue has no " + name)
}

// label returns what the catalogue says of a label of m.
func (m Metric) label(name string) metrics.LabelDef {
	if name == "cache" || name == "backend" {
		return metrics.LabelDef{Name: name}
	}
	i := slices.IndexFunc(m.Labels, func(l metrics.LabelDef) bool { return l.Name == name })
	if i < 0 {
		panic("promql: " + m.Name + " has no label " + name)
	}
	return m.Labels[i]
}

// pushed is what m is called by OTLP: Prometheus makes that of OpenTelemetry's name and
// of the unit.
func (m Metric) pushed() string {
	name := strings.ReplaceAll(m.OTel, ".", "_")
	switch m.Unit {
	case "s":
		name += "_seconds"
	case "By":
		name += "_bytes"
	}
	if m.Kind == metrics.KindCounter {
		name += "_total"
	}
	return name
}

// bucketed reports whether promexport.WithClassicBuckets gives m classic buckets.
func (m Metric) bucketed() bool {
	return m.Name == RequestDuration.Name || m.Name == ComputeDuration.Name
}
