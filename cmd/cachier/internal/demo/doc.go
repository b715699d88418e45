// Package demo is a small real service: cached functions of different
// character, callers whose wishes shift, and a page that shows what the caches
// do for them.
//
// [Run] starts all of it and returns when it has ended: goroutines, servers,
// database and files are gone by then.
package demo
