// Package fleet lets a question about a function be one about all its instances
// and all their starts: what they counted is kept on a store that they share,
// any [backend.Locker], and read from there.
//
//	go func() { done <- fleet.Publish(ctx, store, metrics.Default(), nil) }() // in every instance
//
//	view, err := fleet.NewView(store, "") // anywhere
//	answer, err := view.Window(ctx, time.Hour)
//
// # What is stored
//
// A start of an instance has four records, overwritten every 10 seconds: what it
// counted in this minute, these ten minutes, this hour, and since it began.
// Nothing is ever incremented, so a retry can't count twice, and a crash loses
// what was counted since the last write. Minutes are kept for 3 hours, hours for
// 8 days, totals for good: those of a start gone for 8 days are folded into one
// record. Which starts there are stands in one record, the roster. Keys are
// computed, never listed; they begin with "cachier-fleet/".
//
// Counts are exact; quantiles have the error of a [metrics.Histogram]. Programs
// of several versions share a fleet: what a reader doesn't know it leaves out, and
// a shared record that it can't read it leaves as it is, see [ErrNewerVersion].
//
// # Clocks
//
// A start counts minutes on its own clock, as it was when it began. A reader
// learns from the store how far that is from its own, and asks for the minutes
// that it means. Where the store has no clock of its own, that of the hosts has
// to agree to a minute.
//
// # Failures
//
// Publishing never holds up a call. While a store is slow or dead, what it has no
// record of waits, 256 records at most: all that was counted in two days. What can't
// be read, because it is damaged or somebody else's, is skipped and counted.
//
// A store that evicts, such as Redis with an LRU policy, may evict records too.
package fleet
