// Package grafana writes a dashboard of cached functions for Grafana 10 and later:
// all functions at a glance, and one of them in full.
//
// What it shows follows from the catalogue of package metrics, by way of package
// promql. A metric that no panel shows fails a test, as does a file under
// docs/prometheus that isn't what is written here.
//
// The JSON is the classic model of a dashboard, version 39, which every Grafana
// since 10.3 reads and later ones migrate by themselves. Its types here have the
// fields that are used, under the names of @grafana/schema, which a test checks
// with TypeScript.
package grafana
