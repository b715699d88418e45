package backend

import "context"

// Reading is one figure that only this kind of store has, such as the idle
// connections of its pool.
type Reading struct {
	// Name is in snake case with its unit at the end and no prefix:
	// pool_idle_connections, query_seconds_total.
	Name string
	// Help is one sentence that says what it counts.
	Help string
	// Unit is a UCUM unit: s, By, 1, {connection}.
	Unit string
	// Counter says that the value never falls while the backend is open;
	// otherwise it goes up and down.
	Counter bool
	Value   float64
}

// Prober is implemented by stores with figures of their own.
type Prober interface {
	// Probe returns the readings of now, with the same names and in the same
	// order each time. It is called for each scrape, so it should not talk to
	// the store. The caller owns the slice.
	Probe(ctx context.Context) ([]Reading, error)
}

// CanProbe reports whether b is a [Prober].
func CanProbe(b Backend) bool {
	_, ok := b.(Prober)
	return ok
}

// Probe returns b's readings: none if b is no [Prober].
func Probe(ctx context.Context, b Backend) ([]Reading, error) {
	if p, ok := b.(Prober); ok {
		return p.Probe(ctx)
	}
	return nil, ctx.Err()
}
