// Package footprint estimates how much memory a value holds: itself, and what
// it leads to through strings, slices, maps, pointers and interfaces.
//
// It is an estimate, bounded in time: after [maxNodes] parts the rest of a slice
// or map counts as what was seen of it on the average, and other rest counts
// nothing. What the allocator rounds up to and what the runtime keeps beside it
// are left out, except for maps, where that is most of it.
//
// Only what can't change while it is looked at is followed. A struct with a
// mutex, an atomic, a channel or a function in it is a live object with owners
// of its own, not data: it counts with its own size alone.
package footprint
