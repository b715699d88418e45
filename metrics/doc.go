// Package metrics measures caches: exact counts of what every call got, and
// histograms of how long it took, how old the answer was and what it saved.
//
// A [Recorder] belongs to one cached function and is written to by it, or by
// any other cache that wants to be measured. Everybody else reads:
//
//	rec, err := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{})
//	...
//	rec.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Since(begin), Age: metrics.Unknown})
//	...
//	snap := rec.Snapshot()          // since the recorder was made
//	hour := rec.Window(time.Hour)   // the last hour, and the span it really covers
//	fmt.Println(hour.HitRatio(), hour.Latency(metrics.Hit).Quantile(0.99))
//
// A [Snapshot] is a value: it never changes, it adds ([Snapshot.Plus]) and
// subtracts ([Snapshot.Minus]), and its ratios and histograms come from one
// reading. Nothing is ever reset; to measure from now on, keep a Snapshot and
// subtract it from later ones.
//
// A [Registry] gathers recorders for exporters. Those that are asked, such as
// Prometheus, read a [Source]; those that send implement [Exporter] and are
// driven by [Push]. Both go through [Snapshot.Series], whose names come from
// [Catalog], the one list of all metrics.
//
// # Concurrency
//
// Recorder and Registry are safe for concurrent use. The package starts no
// goroutine and sets no timer, except that [Push] uses its caller's. Reading
// never stops writers, and no counter ever falls between two readings.
//
// # Errors
//
// Recording never fails: a nil *Recorder records nothing, and a value outside
// its enumeration is left out. Mistakes are reported where things are made:
// [NewRecorder], [SampleRate], [Registry.Register], [Push].
package metrics
