// Package rules writes recording and alert rules about cached functions for
// Prometheus.
//
// Recording rules keep rates for each function; ratios follow from them and are
// those of metrics.Snapshot. Alerts rest on what is recorded, and on gauges, so that
// they are the same for native and for classic histograms. A file under
// docs/prometheus that isn't what is written here fails a test.
package rules
