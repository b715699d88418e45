package rules

import (
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/metrics"
)

// What is recorded, by function and whatever else tells services apart. Names have
// the form level:metric:operation.
const (
	requests     = "cache:cachier_requests:rate5m" // without those that bypass the cache
	hits         = "cache:cachier_hits:rate5m"
	fresh        = "cache:cachier_fresh:rate5m"
	staleErrors  = "cache:cachier_stale_errors:rate5m"
	computations = "cache:cachier_computations:rate5m"
	waited       = "cache:cachier_wait_seconds:rate5m"
	saved        = "cache:cachier_saved_seconds:rate5m"
	overhead     = "cache:cachier_overhead_seconds:rate5m"
	asked        = "cache_backend:cachier_backend_operations:rate5m"
	failed       = "cache_backend:cachier_backend_failures:rate5m"
	known        = "job:cachier_info:count"

	hitRatio     = "cache:cachier_hit_ratio:rate5m"
	freshRatio   = "cache:cachier_fresh_ratio:rate5m"
	offloadRatio = "cache:cachier_offload_ratio:rate5m"

	hitRatioOfHalfHour = "cache:cachier_hit_ratio:rate30m"
	hitRatioOfDay      = "cache:cachier_hit_ratio:rate1d"
	waitedOfDay        = "cache:cachier_wait_seconds_per_request:rate1d"
)

// records are the recording rules. Within a group they are evaluated one after the
// other, so ratios divide what was recorded just before.
func records(o Options) []group {
	service := promql.Scope{Window: "5m", By: o.By, Classic: o.Classic}
	s := service.Per("cache")
	onStore := s.Per("backend")
	return []group{
		{name: "cachier-rates", rules: []rule{
			{record: requests, expr: s.N()},
			{record: hits, expr: s.Hits()},
			{record: fresh, expr: s.Fresh()},
			{record: staleErrors, expr: s.StaleErrors()},
			{record: computations, expr: s.Computations()},
			{record: waited, expr: s.Sum(promql.WaitDuration.Where())},
			{record: saved, expr: s.Rate(promql.Saved.Where())},
			{record: overhead, expr: s.Rate(promql.Overhead.Where())},
			{record: asked, expr: onStore.Count(promql.BackendDuration.Where())},
			{record: failed, expr: onStore.Count(promql.BackendDuration.Where(promql.Is("result", metrics.ResultError, metrics.ResultTimeout))) + " or 0 * " + asked},
			{record: known, expr: service.Series(promql.Info.Where())},
			{record: hitRatio, expr: promql.Ratio(hits, requests)},
			{record: freshRatio, expr: promql.Ratio(fresh, requests)},
			{record: offloadRatio, expr: promql.Offload(computations, requests)},
			// Without the hours that hardly anybody calls in, since tomorrow is held against it.
			{record: hitRatioOfHalfHour, expr: over("30m", hits, requests) + " and avg_over_time(" + requests + "[30m]) > 0.1"},
		}},
		{name: "cachier-days", interval: "1m", rules: []rule{
			{record: hitRatioOfDay, expr: over("1d", hits, requests)},
			{record: waitedOfDay, expr: over("1d", waited, requests)},
		}},
	}
}

// over is a ratio over a longer window: of sums, so that busy minutes count for more
// than idle ones, as in a Snapshot of that window.
func over(window, part, whole string) string {
	return promql.Ratio("sum_over_time("+part+"["+window+"])", "sum_over_time("+whole+"["+window+"])")
}
