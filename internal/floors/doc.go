// Package floors holds no code: its tests keep the tree in the shape that docs/architecture.md draws.
//
// Imports of non-test files only go down the floors, a monitoring exporter needs nothing of ours but package metrics and
// what exporters share, a backend never needs package cachier, nothing that ships imports package testing, and the main
// module requires next to nothing, so that nobody's versions move by importing it.
package floors
