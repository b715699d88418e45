// Package cachier makes a function remember its results, and tells exactly what
// that is doing for you.
//
//	getUser := cachier.Must(cachier.New("users.fetch", fetchUser,
//		cachier.WithTTL(time.Hour),
//		cachier.WithMaxEntries(10_000)))
//
//	u, err := getUser.Call(ctx, 42)
//
//	hour := getUser.Metrics().Window(time.Hour)
//	fmt.Printf("hit ratio %.1f%%, p99 %v\n", 100*hour.HitRatio(), hour.Latency(metrics.Hit).Quantile(0.99))
//
// Values are kept in memory as they are, or as bytes on a [backend.Backend].
// Concurrent calls of one key share one computation. Every call is counted,
// exactly, under one outcome: hit, stale, miss, coalesced or bypass; see package
// metrics for what else is known, and how it leaves for a monitoring system, and
// package fleet for windows that a restart doesn't end.
//
// # Concurrency
//
// Everything here is safe for concurrent use. A hit in memory takes no lock and
// allocates nothing. A value in memory is shared by all who get it: read it, or
// have it copied with [WithClone].
//
// # Errors
//
// [New] names the option that does not fit. [Func.Call] returns the function's
// own errors as they are, and the context's when that ends first. A backend
// that fails never fails a call, unless it is [WithStrict]; it does fail Put,
// Delete and Clear, with a *[backend.Error].
//
// # Goroutines
//
// A computation runs in a goroutine of its own if its caller's context can end;
// so does a background refresh. [Func.Close] cancels and awaits them. A Func
// that is not used has none.
package cachier
