// Package replay feeds an access trace through a cached function and reports
// how it fared: outcomes, windows of time, latencies.
//
// The function is a real [cachier.Func] with the bounds that are asked for. It
// computes nothing: what computing costs and how large a value is stand in the
// trace, or are unknown. One goroutine calls, in the trace's order, as fast as
// it can; a time-to-live is judged by the trace's own times.
package replay
