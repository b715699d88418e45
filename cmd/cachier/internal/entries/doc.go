// Package entries looks into a store and tidies it up: what is in it by
// function, and how to get rid of it.
//
// Of a store of any size only a page is in memory at a time. Keys that were
// not made by cached functions are counted and otherwise left alone.
package entries
