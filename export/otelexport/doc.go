// Package otelexport hands the metrics of cached functions to OpenTelemetry's SDK, which sends them wherever its readers do:
//
//	reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithProducer(otelexport.NewProducer(metrics.Default())))
//	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
//
// Names, units, descriptions and attributes are those of metrics.Catalog: cachier.requests with cache, backend, outcome and
// reason, and so on.
//
// # Histograms
//
// Durations, ages and sizes are exponential histograms of scale 3 with the very buckets of package metrics: none is added,
// merged or estimated on the way.
//
// # Temporality
//
// Sums and histograms are cumulative, each since its function began to be counted, which is its start time. A producer is
// asked past the SDK's own temporality, so where a backend wants deltas, the Collector's cumulativetodelta makes them.
//
// # Concurrency
//
// A [Producer] keeps no state of its own: several readers may have it, at the same time. It reads counters without locking
// them, and stops no caller.
//
// # Errors
//
// [Producer.Produce] fails without a source. The SDK hands that on to whoever collects.
package otelexport
