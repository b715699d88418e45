// Package benchmarks compares this library with its peers: what a hit, a miss and a crowd on one cold key cost, which
// share of real and generated traces each policy keeps, and how much memory entries, metrics and scrapes take. It is a
// module of its own, never released, so that nobody who uses the library downloads the peers.
//
//   - cmd/bench-peers runs everything in one go and prints tables, ratios and verdicts (make bench-peers)
//   - peer holds an adapter for each cache
//   - load makes keys and access traces, and reads recorded ones
//   - suite measures
//   - stat turns samples into medians and intervals
//
// This package itself holds ordinary benchmarks over the adapters:
//
//	go test -bench 'Hit/string/(cachier|otter)' ./benchmarks
package benchmarks
