// Package promexport shows the metrics of cached functions to Prometheus.
//
// The simplest program needs a source and one call, which serves /metrics until ctx ends:
//
//	users := cachier.Must(cachier.New("users.fetch", fetchUser))
//	err := promexport.ListenAndServe(ctx, "127.0.0.1:9464", users.Metrics()) // or metrics.Default(), for all functions
//
// A program with an HTTP server mounts [Handler]; one that has Prometheus metrics already registers a [NewCollector]:
//
//	prometheus.MustRegister(promexport.NewCollector(metrics.Default()))
//
// Names, help and labels are those of metrics.Catalog. No state is shared with other users of client_golang.
//
// # Native histograms
//
// Durations, ages and sizes are native histograms with the very buckets of package metrics. Prometheus has to be told to
// take them: scrape_native_histograms: true in its configuration from version 3.8 on, --enable-feature=native-histograms
// before; it then asks for protobuf, which client_golang's handlers speak. A scraper that asks for text gets what text can
// carry of them: the exact count and sum of each, so that rates and means work, and one bucket, le="+Inf". To have
// quantiles there too, choose [WithClassicBuckets].
//
// # Concurrency
//
// Everything may be used from several goroutines. A scrape reads counters without locking them; it doesn't stop callers.
//
// # Errors
//
// [Functions], [ListenAndServe] and [Serve] return what is wrong with their arguments. What goes wrong at a scrape is
// answered with status 500 and the reason.
package promexport
