// Package cloudwatchexport sends the metrics of cached functions to Amazon
// CloudWatch, over a client of AWS's own SDK:
//
//	exporter, err := cloudwatchexport.New(ctx, cloudwatch.NewFromConfig(config), nil)
//	...
//	go func() { done <- metrics.Push(ctx, metrics.Default(), exporter, time.Minute) }()
//
// Names are those of metrics.Catalog without "cachier.", which is the namespace;
// dimensions are cache, the function's name, its static labels, and labels of the
// metric. Counters are what was added since the last push: their statistic is
// Sum. Histograms are sent as values with counts, so that CloudWatch has their
// percentiles: counts are exact, no value is off by more than 5 %.
//
// # Metrics
//
// CloudWatch is paid by the metric, so only [Ten] of a function are sent unless
// Options.Metrics chooses others. What belongs to no function, failures of
// exports and what stores tell of themselves (up to 17 metrics a kind of store),
// is sent as it is; an Options.Select that is false for cache "" leaves it out.
// Package emfexport writes the same to a log.
//
// # Losses
//
// A request that was not taken is tried again, after a random pause that grows;
// the client's own repetitions are switched off. Of a batch of which nothing was
// taken, nothing counts as sent; of one that was begun, the rest waits in a
// bounded queue. A request that was sent and never answered, or answered by a
// failure that doesn't say whether it was taken, is in doubt, as CloudWatch can't
// tell a repetition: it is sent again, unless Options.AtMostOnce says otherwise.
// What is given up is counted.
//
// # Concurrency
//
// An [Exporter] is safe for concurrent use. It has no goroutine, and no call of a
// cached function ever waits for it.
package cloudwatchexport
