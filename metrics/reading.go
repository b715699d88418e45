package metrics

import (
	"context"
	"math"
	"slices"
	"strings"
)

// Reading is one figure that only one kind of store has, such as the idle
// connections of its pool.
type Reading struct {
	Backend string // the kind of the store: the label `backend`
	Name    string // in snake case with its unit at the end: "pool_idle_connections"
	Help    string // one sentence
	Unit    string // UCUM: "s", "By", or an annotation such as "{connection}"
	Counter bool   // it never falls; else it is a gauge
	Value   float64
}

// StoreReadings is an optional interface of a [Source] whose functions are on
// stores with figures of their own. A [*Registry] has it.
type StoreReadings interface {
	// Readings returns the figures of now, by kind of store and name. Those of
	// several stores of one kind are added up. The slice is the caller's.
	Readings(ctx context.Context) []Reading
}

// readingRoot begins the names of what stores tell of themselves.
const readingRoot = "cachier_backend_"

// Metric returns what a reading is called in monitoring systems, as a row like
// those of [Catalog]: "cachier_backend_pool_idle_connections", with _total at
// the end of counters. What no name may have is replaced by an underscore.
func (r Reading) Metric() Metric {
	name := strings.TrimSuffix(legalName(r.Name), "_total")
	m := Metric{
		Name: readingRoot + name, OTel: "cachier.backend." + name, Unit: r.Unit, Kind: KindGauge,
		Help: r.Help, cells: registryCells,
	}
	if m.Help == "" {
		m.Help = "A figure of the store's own."
	}
	if r.Counter {
		m.Name, m.Kind = m.Name+"_total", KindCounter
	}
	return m
}

// legalName is a name of lower-case letters, digits and underscores.
func legalName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		case c >= 'A' && c <= 'Z':
			return c - 'A' + 'a'
		default:
			return '_'
		}
	}, name)
}

// usable reports whether a reading says anything, under a name that is free.
func (r Reading) usable() bool {
	if r.Name == "" || math.IsNaN(r.Value) || math.IsInf(r.Value, 0) || r.Counter && r.Value < 0 {
		return false
	}
	name := r.Metric().Name
	return !slices.ContainsFunc(catalog[:], func(m Metric) bool { return m.Name == name })
}
