// Package clock is the time axis on which cachier judges the age of an entry
// in memory: nanoseconds since the program started, monotonic, never zero.
//
// Inside a testing/synctest bubble the axis follows the bubble's fake clock.
// Readings taken inside and outside a bubble lie years apart; who compares two
// readings has to treat an age below zero or above its limit as expired.
package clock

import (
	"os"
	"strings"
	"time"
)

// start anchors the axis. One nanosecond is taken off so that no reading is 0,
// which the users of this package keep for "no reading".
var start = time.Now().Add(-1)

// Now reads the clock, in nanoseconds since the program started.
func Now() int64 { return int64(time.Since(start)) }

// InBubble reports whether a reading was taken inside a synctest bubble. There
// the clock begins in the year 2000, which on this axis is decades ahead or,
// where the system's clock counts from 1970, decades back.
func InBubble(reading int64) bool { return uint64(reading) > decade }

// decade is longer than any program runs, and shorter than any machine had
// been up when it started.
const decade = 10 * 365 * 24 * uint64(time.Hour)

// Wall converts a reading of the axis into wall-clock time.
func Wall(reading int64) time.Time { return time.Now().Add(time.Duration(reading - Now())) }

// Program says what kind of program this is, as far as its clock is concerned.
type Program uint8

const (
	// Ordinary programs have one clock.
	Ordinary Program = iota
	// Test binaries may be inside a synctest bubble, where a reading must never
	// be reused.
	Test
	// Benchmark is a test binary that runs benchmarks, and perhaps tests before.
	Benchmark
)

// Of says what this program is.
//
// The arguments tell, not package testing or package flag: a library must not
// link the first into its users' programs, and the second keeps its flags in a
// map that the program's main may be filling at the same time.
func Of() Program { return program }

var program = programOf(os.Args)

func programOf(args []string) (p Program) {
	if len(args) == 0 {
		return Ordinary
	}
	if strings.HasSuffix(strings.TrimSuffix(args[0], ".exe"), ".test") {
		p = Test
	}
	for i, arg := range args[1:] {
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if arg == name || !strings.HasPrefix(name, "test.") {
			continue
		}
		p = Test
		if !given && i+2 < len(args) {
			value = args[i+2]
		}
		if name == "test.bench" && value != "" {
			return Benchmark
		}
	}
	return p
}

// Option makes the cachier.Option that lets a Func judge ages by now instead
// of the real clock; package cachier sets it. It exists for the replay of
// access traces in their own time, and is no public API.
var Option func(now func() int64) any
