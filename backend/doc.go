// Package backend is the contract between the cache and the stores that keep
// its entries: [Backend], the small interface that every store implements, and
// optional interfaces for what only some stores can do well.
//
// Users hand a Backend to the cache and need nothing else from this package.
// Authors of a store implement Backend, then whichever of [Locker], [Watcher],
// [Identifier], [Sizer], [Clearer], [Cleaner], [BatchGetter], [Prober] and
// [Pacer] the store does better than the fall-back. Callers never assert those types:
// each has a package function ([Clear], [Size], [GetMany], ...) that uses the
// interface where it is there and falls back, or says so, where it isn't.
//
// In these documents "must" is what the conformance suite demands of a store,
// "may" is what a caller has to live with.
//
// # Stores only store
//
// Freshness, encoding, checksums and counting happen above. A store keeps the
// bytes and the times of an [Entry] and gives them back unaltered.
//
// # Concurrency
//
// Every method of every interface here must be safe for concurrent use, by
// many goroutines and, where the store is shared, by many processes.
//
// # Contexts
//
// Every method that takes a context must return promptly once it ends, with an
// error for which errors.Is(err, ctx.Err()) holds, and must do nothing at all if
// it has ended before the call. A write whose context ends
// may or may not have happened, but never by half.
//
// # Errors
//
// Stores return the raw error of their driver, except for the sentinels of
// this package ([ErrNotFound], [ErrTooLarge], [ErrFull], [ErrClosed],
// [ErrLeaseLost], [ErrCorrupt], [ErrForeign]) and [*HeldError], which must be
// recognizable with errors.Is and errors.As. The cache wraps once, in an
// [*Error]. Keys can hold personal data: a store must not put keys, values or
// passwords into errors or logs.
package backend
