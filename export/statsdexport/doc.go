// Package statsdexport sends the metrics of cached functions to a StatsD
// server: the original one, Telegraf, statsd_exporter, or a Datadog agent.
//
//	exporter, err := statsdexport.New("127.0.0.1:8125", nil)
//	...
//	go func() { done <- metrics.Push(ctx, metrics.Default(), exporter, 10*time.Second) }()
//
// Names and labels are those of metrics.Catalog. In the [Plain] format they are
// segments of a name, see [Escape]; in [DogStatsD] the labels are tags:
//
//	cachier.users--fetch.requests.miss.expired:3|c
//	cachier.requests:3|c|#cache:users.fetch,backend:memory,outcome:miss,reason:expired
//
// Counters are what was added since the last push. They are exact whatever the
// sampling, so they carry no sample rate. Gauges are sent at each push, as
// servers forget them; those of several processes overwrite each other unless
// Options.Prefix or Options.Labels tells the processes apart.
//
// # Histograms
//
// Each bucket is one line: a value within 4.4 % of all that are in it, and a
// sample rate that stands for their number, such as |@0.25 for four. The counts
// that a server makes of it are exact. Sizes are in bytes; times are in
// milliseconds where the type is ms, as StatsD has it, and else in seconds.
//
// # Losses
//
// Whatever is known not to have arrived is sent again. Of a batch of which
// nothing could be sent, nothing counts as sent; of one that was begun, the rest
// waits in a bounded queue. UDP tells of a dead server only on its own host, and
// not of packets that a busy one has no room for, which Options.PacketRate
// avoids. A Unix socket loses only what a server had not read when it ended.
//
// # Concurrency
//
// An [Exporter] is safe for concurrent use. It has no goroutine, and no call of
// a cached function ever waits for it.
package statsdexport
