package promql

import "github.com/cachier-go/cachier/metrics"

// N is the calls that ratios are shares of: all but those that bypassed the cache.
func (s Scope) N() string { return s.Rate(Requests.Where(Not("outcome", metrics.Bypass))) }

// Hits is the calls that were answered at once, from a fresh entry or from one
// served while it is revalidated.
func (s Scope) Hits() string {
	return s.Rate(Requests.Where(Is("outcome", metrics.Hit, metrics.Stale), Not("reason", metrics.ReasonError)))
}

// Fresh is the calls that were answered from a fresh entry.
func (s Scope) Fresh() string { return s.Rate(Requests.Where(Is("outcome", metrics.Hit))) }

// StaleErrors is the calls that were answered with a stale value because the
// function failed.
func (s Scope) StaleErrors() string {
	return s.Rate(Requests.Where(Is("outcome", metrics.Stale), Is("reason", metrics.ReasonError)))
}

// Computations is how often the function ran for those who read the cache, or ahead
// of them.
func (s Scope) Computations() string {
	return s.Count(ComputeDuration.Where(Is("trigger", metrics.TriggerMiss, metrics.TriggerRevalidate, metrics.TriggerAhead)))
}

// HitRatio is Snapshot.HitRatio.
func (s Scope) HitRatio() string { return Ratio(s.Hits(), s.N()) }

// FreshRatio is Snapshot.FreshRatio.
func (s Scope) FreshRatio() string { return Ratio(s.Fresh(), s.N()) }

// OffloadRatio is Snapshot.OffloadRatio.
func (s Scope) OffloadRatio() string { return Offload(s.Computations(), s.N()) }

// Offload is the share of n for which nothing was computed.
func Offload(computations, n string) string {
	return "clamp_min(1 - " + Share(computations, n) + ", 0)"
}
