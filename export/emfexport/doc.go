// Package emfexport writes the metrics of cached functions as lines of a log, in
// CloudWatch's embedded metric format, of which CloudWatch makes metrics: for
// Lambda, where standard output goes there, and for containers.
//
//	exporter, err := emfexport.New(os.Stdout, nil)
//	...
//	go func() { done <- metrics.Push(ctx, metrics.Default(), exporter, time.Minute) }()
//
// It needs no client, no credentials and no network. A Lambda function that is
// frozen between its calls exports at the end of each by itself, see the example.
//
// Namespace, names, dimensions and units are those of package cloudwatchexport:
// only [Ten] metrics of a function are written unless Options.Metrics chooses
// others; counters are what was added since the last push.
//
// A line has the metrics that have their dimensions in common. Histograms are
// objects of values and counts, as AWS's own libraries for Java and for
// OpenTelemetry write them; the specification, which has only arrays of single
// values, does not mention them. Options.Select leaves histograms out for a reader
// that is strict.
//
// # Losses
//
// When the writer fails, nothing of a batch counts as sent if nothing was written;
// of one that was begun, the rest waits in a bounded queue, and a line of which a
// part was written is completed. What is given up is counted. CloudWatch itself
// may now and then count a line twice, as its documentation says.
//
// # Concurrency
//
// An [Exporter] is safe for concurrent use. It has no goroutine. Each line is one
// Write, so that others that write to the same io.Writer don't get into it. What
// reaches the same pipe by other ways, such as from another process, may get into
// lines of more than 4,096 bytes on Linux: there MaxLine: 4096 keeps them whole. A
// Write that blocks holds an export up, and no call of a cached function.
package emfexport
