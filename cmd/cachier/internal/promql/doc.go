// Package promql writes expressions about the metrics of package metrics, for
// dashboards and rules.
//
// An expression names a metric by one of the variables here, each a row of
// metrics.Catalog, and the values of a label by the constants of package metrics.
// A metric, a label or a value that the catalogue doesn't have ends the program at
// its start or when the expression is written, so that a test finds it and not
// whoever looks at an empty panel.
//
// Ratios are those of metrics.Snapshot; docs/metrics.md says what is in them.
package promql
