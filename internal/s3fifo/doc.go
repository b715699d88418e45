// Package s3fifo is a bounded map in memory whose hits take no lock and, for a
// key that is hit often, write nothing at all.
//
// Eviction is S3-FIFO (Yang, Zhang, Qiu, Yue, Vigfusson: "FIFO queues are all
// you need for cache eviction", SOSP 2023): a small queue for a tenth of the
// capacity, a main queue for the rest, and a ghost queue that remembers the
// hashes of what left the small queue unread. A hit sets an access mark of 0
// to 3 on its node, which is usually set already; queues move only when
// something is inserted, under a lock that only inserts and removals take.
//
// Look-ups go through a table of the package's own with one writer, the holder
// of that lock, and readers that need none. See table.go for why that is sound.
//
// The package knows nothing of time: a [Node] carries when its value was made,
// and callers judge it.
package s3fifo
