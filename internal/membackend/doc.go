// Package membackend is a [backend.Backend] that keeps everything in the memory
// of this process, with all the optional interfaces that make sense there.
//
// It exists for tests and examples: it shows the contract in its plainest form,
// one map under one mutex. To cache in memory, use no backend at all; the cache
// itself does that without encoding. Two caches over one [*Store] stand for two
// processes over one shared store. To make it fail on purpose, embed a *Store
// in a struct and override a method: the optional interfaces stay.
package membackend
