package grafana

import (
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/metrics"
)

// Why there is nothing to tell of what need not happen.
const (
	unused  = "while nobody puts, deletes, clears or peeks"
	noWaits = "while nobody waits"
)

// outcomes says what became of the calls of one function.
func outcomes(s promql.Scope) []*panel {
	p := []*panel{
		graph("Outcomes", promql.Requests.Help, unitOf(promql.Requests),
			query{"{{outcome}}", s.Per("outcome").Rate(promql.Requests.Where())}).stacked().byOutcome(),
		share("Ratios", "Hit: answered at once; fresh: from a fresh entry; offload: nothing had to be computed.",
			query{"hit", s.HitRatio()}, query{"fresh", s.FreshRatio()}, query{"offload", s.OffloadRatio()}),
		graph("Reasons", "Calls that were not hits, by the reason for it.", unitOf(promql.Requests),
			query{"{{outcome}} {{reason}}", s.Per("outcome", "reason").Seen(promql.Requests.Where(
				promql.Is("outcome", metrics.Stale, metrics.Miss, metrics.Bypass)), "$__range")}),
		graph("Calls that fail", promql.RequestErrors.Help, unitOf(promql.RequestErrors),
			query{"failed {{outcome}} {{error}}", s.OrNone(s.Per("outcome", "error").Rate(promql.RequestErrors.Where()))}).upTo(rare),
		graph("Computations", "How often the function ran, by what made it run and how it ended.", "ops",
			query{"{{trigger}} {{result}}", s.Per("trigger", "result").Count(promql.ComputeDuration.Where())}),
		graph("Operations", promql.Operations.Help, unitOf(promql.Operations),
			query{"{{operation}} {{result}}", s.Per("operation", "result").Rate(promql.Operations.Where())}).empty(unused),
	}
	return p
}

// latencies says how long calls took, and what of it was waiting.
func latencies(s promql.Scope) []*panel {
	return []*panel{
		distribution(s, "Latency by outcome", promql.RequestDuration.Help, "{{outcome}}", promql.RequestDuration.Where(), "outcome").byOutcome().logarithmic(),
		distribution(s, "Computing", promql.ComputeDuration.Help, "{{trigger}}", promql.ComputeDuration.Where(), "trigger"),
		distribution(s, "Operations", promql.OperationDuration.Help, "{{operation}}", promql.OperationDuration.Where(), "operation").empty(unused),
		distribution(s, "Waits", promql.WaitDuration.Help, "{{scope}}", promql.WaitDuration.Where(), "scope").empty(noWaits),
		graph("Waits by their end", "Callers that waited for another's computation or for their turn, by how that ended.", "ops",
			query{"{{scope}} {{result}}", s.Per("scope", "result").Count(promql.WaitDuration.Where())}).empty(noWaits),
		graph("Under way", "Callers waiting now, and calls under way that were not answered at once.", unitOf(promql.Waiters),
			query{"waiting", s.OrNone(s.Now(promql.Waiters.Where()))}, query{"under way", s.OrNone(s.Now(promql.CallsInFlight.Where()))}),
	}
}

// staleness says how old answers are, and whether they had to be made anew.
func staleness(s promql.Scope) []*panel {
	return []*panel{
		distribution(s, "Age of entries", promql.EntryAge.Help, "{{event}}", promql.EntryAge.Where(), "event"),
		distribution(s, "Staleness", promql.StaleAge.Help, "past its time", promql.StaleAge.Where()).empty("while no answer is stale"),
		graph("Computed anew", promql.Comparisons.Help, "ops",
			query{"{{change}}", s.Per("change").Rate(promql.Comparisons.Where())}).stacked(),
		graph("Refreshes skipped", promql.RefreshesSkipped.Help, unitOf(promql.RefreshesSkipped),
			query{"skipped {{reason}}", s.OrNone(s.Per("reason").Rate(promql.RefreshesSkipped.Where()))}).upTo(rare),
	}
}

// savings says what the cache is worth.
func savings(s promql.Scope) []*panel {
	return []*panel{
		graph("Time saved, a second", "Computing time that answers saved, beside the time that calls took outside computing and waiting.", unitOf(promql.Saved),
			query{"saved", s.OrNone(s.Rate(promql.Saved.Where()))}, query{"overhead", s.Rate(promql.Overhead.Where())}),
		graph("Time computing, a second", "Seconds a second that the function ran, by what made it run.", load,
			query{"{{trigger}}", s.Per("trigger").Sum(promql.ComputeDuration.Where())}).stacked(),
		graph("Price a second", "Price of the computations and of those that answers saved, in the unit the owner chose, if any.", unitOf(promql.Cost),
			query{"paid", s.Rate(promql.Cost.Where())}, query{"saved", s.Rate(promql.CostSaved.Where())}).empty("where no price is set, see WithCost"),
	}
}
