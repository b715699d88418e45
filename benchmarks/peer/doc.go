// Package peer puts this library and the caches people compare it with behind one small interface, [Cache], so that
// every benchmark calls all of them with the same keys in a loop of the same shape.
//
// An adapter is one file and five methods. Each is set up the way its own documentation recommends for speed; where a
// cache works behind its caller's back (buffers that drop writes, policies that run on a goroutine), [Cache.Settle]
// waits until that work is done, so that no peer loses a comparison because it was measured too early.
//
// # Concurrency
//
// Get, Set and Hits are safe for concurrent use. Settle and Close are not.
//
// # Errors
//
// [Peer.Open] fails with [ErrKeyKind] where a cache can't take keys of the kind asked for.
package peer
