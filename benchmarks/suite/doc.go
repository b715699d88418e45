// Package suite measures the library beside its peers and judges the figures.
//
// A run is a list of tasks, each carried out in a process of its own: hash seeds and heap layouts are drawn once a
// process and move a hit by a tenth, so one process can't tell how fast a cache is. Within a process, rounds are
// interleaved: each measures every subject once, in an order that is drawn anew, on an instance that is made anew, and
// ratios are taken pair by pair within a round, so that a machine that slows down slows both sides.
//
// Every measurement is a [Sample]; tables and verdicts are made of samples alone, so a committed file of raw samples
// gives the same report again.
package suite
