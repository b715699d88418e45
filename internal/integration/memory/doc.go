// Package memory holds no code: its test says how much memory it takes to go over many entries on real servers. It is a
// package of its own because it is run without the race detector, under which memory can't be told.
package memory
