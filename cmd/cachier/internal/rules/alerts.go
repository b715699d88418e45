package rules

import (
	"slices"
	"strings"

	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
)

// busy keeps what has so few calls that a ratio says little: less than one in ten
// seconds.
const busy = requests + " > 0.1"

// alerts are the alert rules: each for one story, and silent in all others.
func alerts(o Options) []group {
	gauge := promql.Scope{By: o.By}.Per("cache", "backend")
	circuit := promql.CircuitOpen.Where()
	return []group{{name: "cachier-alerts", rules: []rule{
		{
			alert: "CachierHitRatioFell", lasts: "15m", severity: "warning",
			// A memory that was empty after a start, and has filled since, is no cause any
			// more; nor is a time of the day that was no better yesterday, such as a night
			// whose few calls find less.
			expr: "(\n  " + hitRatioOfHalfHour + " < " + hitRatioOfDay + " - 0.1\n" +
				") and " + hitRatio + " < " + hitRatioOfDay + " - 0.05 and " + busy + "\n" +
				"  unless " + hitRatioOfHalfHour + " > min_over_time(" + hitRatioOfHalfHour + "[2h] offset 23h) - 0.1",
			summary:     "{{ $labels.cache }}: the hit ratio fell",
			description: "In the last half hour {{ $value | humanizePercentage }} of the calls of {{ $labels.cache }} were answered at once, over 10 points less than in the last day. Look at the reasons of its misses: evicted asks for a larger cache, expired for a longer time-to-live.",
		},
		{
			alert: "CachierServesStaleOnErrors", lasts: "10m", severity: "warning",
			// Old values are there to get over a short failure, which the rate shows for five minutes.
			expr:        promql.Ratio(staleErrors, requests) + " > 0.01",
			summary:     "{{ $labels.cache }}: fails, and stale values are served",
			description: "{{ $value | humanizePercentage }} of the calls of {{ $labels.cache }} get an old value because the function fails. What it asks is out of order; callers get errors when the old values have run out.",
		},
		{
			alert: "CachierWaitsGrow", lasts: "20m", severity: "warning",
			// This lasts for longer than the first minutes after a start can be seen.
			expr:        "(\n  " + over("10m", waited, requests) + "\n    > 3 * " + waitedOfDay + "\n) > 0.01 and " + busy,
			summary:     "{{ $labels.cache }}: callers wait longer",
			description: "In the last ten minutes a call of {{ $labels.cache }} waited {{ $value | humanizeDuration }} on average for another's computation or for its turn, over three times as long as in the last day. The function got slower, or popular keys expire.",
		},
		{
			alert: "CachierBackendErrors", lasts: "10m", severity: "warning",
			// Once the circuit stays open, that is what there is to say; one that opens and
			// closes must not reset the time that this lasts.
			expr:        "(\n  (" + failed + " > 0.01) / " + asked + " > 0.05\n) unless " + gauge.Throughout(circuit, "5m") + " > 0",
			summary:     "{{ $labels.cache }}: requests to its store ({{ $labels.backend }}) fail",
			description: "{{ $value | humanizePercentage }} of the requests of {{ $labels.cache }} to its store ({{ $labels.backend }}) fail or take too long. Calls compute instead.",
		},
		{
			alert: "CachierCircuitOpen", lasts: "5m", severity: "critical",
			// A store that is back now and then is out of order, too. One that was away for
			// a minute or two, as for a failover, is forgotten before it is told. A circuit
			// stays open until somebody asks: where nobody calls, that says nothing.
			expr: gauge.Per("operation").Ever(circuit, "2m") + " > 0\n" +
				"  and on (" + strings.Join(append(slices.Clip(o.By), "cache"), ", ") + ") " + requests + " > 0",
			summary:     "{{ $labels.cache }}: its store ({{ $labels.backend }}) is not asked, because it failed too often",
			description: "The store ({{ $labels.backend }}) of {{ $labels.cache }} failed so often that an instance has stopped asking it ({{ $labels.operation }}), for good or again and again. Calls compute then, and what is behind the function has the full load.",
		},
		{
			alert: "CachierCostsMoreThanItSaves", lasts: "1h", severity: "info",
			// Nothing is saved before the first hit. Below a millisecond a second it doesn't
			// matter, and nor does a store that was slow for half an hour.
			expr:        "(\n  sum_over_time(" + overhead + "[30m])\n    > (sum_over_time(" + saved + "[30m]) or 0 * sum_over_time(" + overhead + "[30m]))\n) and " + overhead + " > 0.001",
			summary:     "{{ $labels.cache }}: the cache costs more time than it saves",
			description: "In the last half hour the calls of {{ $labels.cache }} spent more time on looking up and storing than their answers saved. Cache it longer, closer, or not at all.",
		},
		{
			alert: "CachierNoData", lasts: "10m", severity: "critical",
			// A service that has been gone for a day leaves the last part, if it was the only one.
			expr:        "(\n  last_over_time(" + known + "[1d]) unless " + known + "\n) or on () absent(" + known + ")",
			summary:     "No metrics of cached functions" + where(o),
			description: "There were metrics of cached functions" + where(o) + ", and there are none now: nobody would see what the other alerts are for.",
		},
	}}}
}

// where says in an annotation which service is meant, as far as that is known.
func where(o Options) string {
	text := ""
	for _, label := range o.By {
		text += "{{ with $labels." + label + " }} (" + label + " {{ . }}){{ end }}"
	}
	return text
}
