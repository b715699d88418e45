// Package otelexport hands the metrics of cached functions to OpenTelemetry's SDK, which sends them wherever its readers do,
// and opens spans of what calls do:
//
//	reader := sdkmetric.NewPeriodicReader(otelexport.InParts(exporter), sdkmetric.WithProducer(
//		otelexport.NewProducer(metrics.Default(), otelexport.WithTemporality(exporter.Temporality))))
//	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
//	...
//	cachier.New("users.fetch", fetchUser, cachier.WithObserver(otelexport.NewObserver(nil)))
//
// Names, units, descriptions and attributes are those of metrics.Catalog: cachier.requests with cache, backend, outcome and
// reason, and so on. Where readers are made by somebody else, [Register] gives their provider instruments for all but
// histograms.
//
// # Histograms
//
// Durations, ages and sizes are exponential histograms of scale 3 with the very buckets of package metrics: none is added,
// merged or estimated on the way.
//
// # Temporality
//
// Sums and histograms are cumulative, each since its function began to be counted, which is its start time. A producer is
// asked past the SDK's own temporality, so where a backend wants deltas, [WithTemporality] makes them, exactly.
//
// # Size
//
// A function has seventeen data points before its first call, and about thirty once it is busy. [InParts] has an exporter send
// many functions by several requests, none of which is larger than receivers take, with the memory of one.
//
// # Concurrency
//
// Several readers may have one [Producer], at the same time, unless it is one of deltas. It reads counters without locking
// them, and stops no caller. Nothing is kept for an exporter that fails: the next collection has all that was counted.
//
// # Errors
//
// What is wrong with a [Producer], and a source that can't be read, is told to otel.Handle: an error of one producer or
// callback would have the SDK's periodic reader discard what all others have collected. A producer that isn't ours may do that
// to this one; cumulative sums catch up, deltas are lost. [Register] returns what is wrong.
package otelexport
