package grafana

import (
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/metrics"
)

// tiles say in one line whether all is well.
func tiles(s promql.Scope) []*panel {
	calls := promql.Requests.Where()
	return []*panel{
		stat("Hit ratio", "Share of calls that were answered at once; those that bypass the cache are not counted.", "percentunit",
			s.HitRatio(), base("red"), from(0.5, "yellow"), from(0.8, "green")),
		stat("Calls", promql.Requests.Help, unitOf(promql.Requests), s.Rate(calls), base("blue")),
		stat("Calls that fail", "Share of calls that returned an error.", "percentunit",
			promql.Share(s.Rate(promql.RequestErrors.Where()), s.Rate(calls)), base("green"), from(0.01, "orange"), from(0.05, "red")),
		stat("Stale on error", "Share of calls that got an old value because the function failed.", "percentunit",
			promql.Ratio(s.StaleErrors(), s.N()), base("green"), from(0.001, "orange"), from(0.05, "red")),
		stat("Circuits open", "Stores that are not asked because they failed too often, counted by instance, function and direction.",
			unitOf(promql.CircuitOpen), s.OrNone(s.Now(promql.CircuitOpen.Where())), base("green"), from(1, "red")),
		stat("Net time saved", "Computing time that answers saved, less the time that calls took outside computing and waiting.",
			unitOf(promql.Saved), net(s), base("red"), from(0, "green")),
	}
}

// net is the time saved less the time that it took.
func net(s promql.Scope) string {
	saved, overhead := s.Rate(promql.Saved.Where()), s.Rate(promql.Overhead.Where())
	return "(" + saved + " or 0 * " + overhead + ") - " + overhead
}

// comparison shows all functions over time.
func comparison(s promql.Scope) []*panel {
	s = s.Per("cache")
	const legend = "{{cache}}"
	return []*panel{
		share("Hit ratio", "Share of calls that were answered at once, fresh or while a refresh runs behind.", query{legend, s.HitRatio()}).ranked(lowest),
		share("Offload ratio", "Share of calls for which the function did not have to run.", query{legend, s.OffloadRatio()}).ranked(lowest),
		graph("Calls", promql.Requests.Help, unitOf(promql.Requests), query{legend, s.Rate(promql.Requests.Where())}).ranked(highest),
		graph("Slowest 1 % of calls", "Time within which 99 % of the calls were answered, whatever the outcome.", "s",
			query{legend, s.Quantile(0.99, promql.RequestDuration.Where())}).ranked(highest).logarithmic(),
		graph("Time computing, a second", "Seconds a second that the functions ran: the load on what is behind them.", load,
			query{legend, s.Sum(promql.ComputeDuration.Where())}).stacked().ranked(highest),
		graph("Net time saved, a second", "Computing time saved less the time of calls outside computing and waiting; below 0 the cache costs more than it saves.",
			unitOf(promql.Saved), query{legend, net(s)}).ranked(lowest),
		graph("Calls that fail", promql.RequestErrors.Help, unitOf(promql.RequestErrors),
			query{legend, s.Rate(promql.RequestErrors.Where()) + " or 0 * " + s.Rate(promql.Requests.Where())}).ranked(peak).upTo(rare),
		graph("Stale on error", "Calls that got an old value because the function failed.", unitOf(promql.Requests),
			query{legend, s.StaleErrors()}).ranked(peak).upTo(rare),
		graph("Requests to stores that fail", "Share of requests to the stores that failed or took too long.", "percentunit",
			query{legend + " {{backend}}", failing(s.Per("backend"))}).ranked(peak).upTo(0.05).empty(inMemory),
	}
}

// failing is the share of requests to the store that failed or took too long.
func failing(s promql.Scope) string {
	all := s.Count(promql.BackendDuration.Where())
	failed := s.Count(promql.BackendDuration.Where(promql.Is("result", metrics.ResultError, metrics.ResultTimeout)))
	return promql.Share(failed, all)
}
