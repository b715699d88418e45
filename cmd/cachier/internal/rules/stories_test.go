package rules_test

import (
	"fmt"
	"maps"
	"strings"
)

// A story is what happens to one function, and what is to be said of it.
type story struct {
	name   string
	then   minute // what is otherwise than usual in the last part
	lasts  int    // for how many minutes that is so; 0: to the end
	usual  minute // what is otherwise than usual all along
	anew   bool   // the program is started anew between the two
	closes bool   // every other minute the circuit closes again
	alerts []alert
}

// alert is one that fires at the end of a story, with what it says.
type alert struct {
	name, severity       string
	labels               map[string]string // beyond job and cache
	summary, description string
}

// minute is how much counters and histograms grow in a minute, and what gauges are,
// by series. A negative number ends a series.
type minute map[string]float64

// The series of a function on a Redis, of which <count> and <sum> are parts of a
// histogram.
const (
	hit         = `cachier_requests_total{outcome="hit"}`
	revalidated = `cachier_requests_total{outcome="stale",reason="revalidate"}`
	staleError  = `cachier_requests_total{outcome="stale",reason="error"}`
	miss        = `cachier_requests_total{outcome="miss",reason="absent"}`
	coalesced   = `cachier_requests_total{outcome="coalesced"}`
	bypass      = `cachier_requests_total{outcome="bypass",reason="skip"}`
	computed    = `cachier_compute_duration_seconds<count>{trigger="miss",result="ok"}`
	renewed     = `cachier_compute_duration_seconds<count>{trigger="revalidate",result="ok"}`
	bypassing   = `cachier_compute_duration_seconds<count>{trigger="bypass",result="ok"}`
	waited      = `cachier_wait_duration_seconds<sum>{scope="process",result="ok"}`
	saved       = `cachier_saved_seconds_total{}`
	overhead    = `cachier_overhead_seconds_total{}`
	got         = `cachier_backend_operation_duration_seconds<count>{operation="get",result="ok"}`
	getFailed   = `cachier_backend_operation_duration_seconds<count>{operation="get",result="error"}`
	set         = `cachier_backend_operation_duration_seconds<count>{operation="set",result="ok"}`
	setTimedOut = `cachier_backend_operation_duration_seconds<count>{operation="set",result="timeout"}`
	circuit     = `cachier_circuit_open{operation="write"}`
	info        = `cachier_info{version="v1.0.0",sampling="auto"}`
)

// usual is a minute of a function that does well: a call a second, of which 90 %
// are hits.
var usual = minute{
	hit: 54, revalidated: 0, staleError: 0, miss: 6, coalesced: 0, bypass: 0,
	computed: 6, waited: 0.06, saved: 5.4, overhead: 0.3,
	got: 60, set: 6, circuit: 0, info: 1,
}

var gone = func() minute {
	m := maps.Clone(usual)
	for series := range m {
		m[series] = -1
	}
	return m
}()

// unborn is before the function is made.
var unborn = func() minute {
	m := maps.Clone(gone)
	m[info] = 1
	return m
}()

var stories = []story{
	{name: "all is well"},
	{
		name: "the hit ratio falls", then: minute{hit: 30, miss: 30, computed: 30},
		alerts: []alert{{
			name: "CachierHitRatioFell", severity: "warning",
			summary:     "users.fetch: the hit ratio fell",
			description: "In the last half hour 50% of the calls of users.fetch were answered at once, over 10 points less than in the last day. Look at the reasons of its misses: evicted asks for a larger cache, expired for a longer time-to-live.",
		}},
	},
	{name: "the hit ratio falls a little", then: minute{hit: 51, miss: 9, computed: 9}},
	{name: "the hit ratio rises", usual: minute{hit: 20, miss: 40}, then: minute{hit: 54, miss: 6}},
	{
		name:  "the hit ratio falls where hardly anybody calls",
		usual: minute{hit: 4, miss: 0, computed: 0, saved: 0.4, overhead: 0.01}, then: minute{hit: 0, miss: 4, computed: 4, saved: 0},
	},
	{
		name: "the origin fails, and stale values are served", then: minute{miss: 3, staleError: 3},
		alerts: []alert{{
			name: "CachierServesStaleOnErrors", severity: "warning",
			summary:     "users.fetch: fails, and stale values are served",
			description: "5% of the calls of users.fetch get an old value because the function fails. What it asks is out of order; callers get errors when the old values have run out.",
		}},
	},
	{name: "the origin fails for a moment, and stale values are served", then: minute{miss: 0, staleError: 6}, lasts: 2},
	{name: "stale values are served while they are renewed", then: minute{hit: 24, revalidated: 30, renewed: 30}},
	{
		name: "callers wait", then: minute{waited: 6},
		alerts: []alert{{
			name: "CachierWaitsGrow", severity: "warning",
			summary:     "users.fetch: callers wait longer",
			description: "In the last ten minutes a call of users.fetch waited 100ms on average for another's computation or for its turn, over three times as long as in the last day. The function got slower, or popular keys expire.",
		}},
	},
	{
		name: "callers wait who never had to", usual: minute{waited: -1}, then: minute{waited: 6},
		alerts: []alert{{
			name: "CachierWaitsGrow", severity: "warning",
			summary:     "users.fetch: callers wait longer",
			description: "In the last ten minutes a call of users.fetch waited 100ms on average for another's computation or for its turn, over three times as long as in the last day. The function got slower, or popular keys expire.",
		}},
	},
	{name: "a function is new", usual: unborn, then: usual},
	{name: "callers wait as long as ever", usual: minute{waited: 6}},
	{name: "callers wait somewhat longer", usual: minute{waited: 6}, then: minute{waited: 9}},
	{name: "callers wait much longer, but not long", usual: minute{waited: 0.006}, then: minute{waited: 0.5}},
	{
		name: "requests to the store fail", then: minute{got: 48, getFailed: 12},
		alerts: []alert{{
			name: "CachierBackendErrors", severity: "warning", labels: map[string]string{"backend": "redis"},
			summary:     "users.fetch: requests to its store (redis) fail",
			description: "18.18% of the requests of users.fetch to its store (redis) fail or take too long. Calls compute instead.",
		}},
	},
	{name: "few requests to the store fail", then: minute{got: 59, getFailed: 1}},
	{name: "a request fails to a store that is hardly asked", usual: minute{got: 0.2, set: 0}, then: minute{getFailed: 0.3}},
	{
		name: "the store takes nothing any more", then: minute{set: 0, setTimedOut: 60, circuit: 1},
		alerts: []alert{{
			name: "CachierCircuitOpen", severity: "critical", labels: map[string]string{"backend": "redis", "operation": "write"},
			summary:     "users.fetch: its store (redis) is not asked, because it failed too often",
			description: "The store (redis) of users.fetch failed so often that an instance has stopped asking it (write), for good or again and again. Calls compute then, and what is behind the function has the full load.",
		}},
	},
	{
		name: "the store fails on and off", then: minute{setTimedOut: 6, circuit: 1}, closes: true,
		alerts: []alert{
			{
				name: "CachierBackendErrors", severity: "warning", labels: map[string]string{"backend": "redis"},
				summary:     "users.fetch: requests to its store (redis) fail",
				description: "8.333% of the requests of users.fetch to its store (redis) fail or take too long. Calls compute instead.",
			},
			{
				name: "CachierCircuitOpen", severity: "critical", labels: map[string]string{"backend": "redis", "operation": "write"},
				summary:     "users.fetch: its store (redis) is not asked, because it failed too often",
				description: "The store (redis) of users.fetch failed so often that an instance has stopped asking it (write), for good or again and again. Calls compute then, and what is behind the function has the full load.",
			},
		},
	},
	{name: "the store is away for a moment", then: minute{got: 48, getFailed: 12, circuit: 1}, lasts: 2},
	{
		name: "the circuit opened, and nobody asks the store any more",
		then: minute{hit: 0, miss: 0, computed: 0, waited: 0, saved: 0, overhead: 0, got: 0, set: 0, circuit: 1},
	},
	{
		name: "looking up takes longer than computing", usual: minute{overhead: 12},
		alerts: []alert{{
			name: "CachierCostsMoreThanItSaves", severity: "info",
			summary:     "users.fetch: the cache costs more time than it saves",
			description: "In the last half hour the calls of users.fetch spent more time on looking up and storing than their answers saved. Cache it longer, closer, or not at all.",
		}},
	},
	{name: "looking up takes longer than computing, and neither takes long", usual: minute{overhead: 0.03, saved: 0.01}},
	{name: "the store is slow for a while", then: minute{overhead: 300}, lasts: 15},
	{
		name: "nothing is ever hit", usual: minute{hit: 0, miss: 60, computed: 60, saved: -1},
		alerts: []alert{{
			name: "CachierCostsMoreThanItSaves", severity: "info",
			summary:     "users.fetch: the cache costs more time than it saves",
			description: "In the last half hour the calls of users.fetch spent more time on looking up and storing than their answers saved. Cache it longer, closer, or not at all.",
		}},
	},
	{
		name: "the metrics go away", then: gone,
		alerts: []alert{{
			name: "CachierNoData", severity: "critical",
			summary:     "No metrics of cached functions (job the metrics go away)",
			description: "There were metrics of cached functions (job the metrics go away), and there are none now: nobody would see what the other alerts are for.",
		}},
	},
	{name: "the program is started anew", anew: true},
	{
		name: "the program is started anew, and its memory has to fill", anew: true, lasts: 8,
		then: minute{hit: 0, miss: 60, computed: 60, waited: 3, saved: 0},
	},
	{name: "nobody calls any more", then: minute{hit: 0, miss: 0, computed: 0, waited: 0, saved: 0, overhead: 0, got: 0, set: 0}},
}

// The usual part of a story, and its end, in minutes.
const (
	before = 480
	after  = 120
)

// values are those of a series in the notation of promtool, as a histogram or as the
// one number that is counted.
func (s story) values(series string, native bool) string {
	was, is := s.at(series, s.usual), s.at(series, s.usual, s.then)
	gauge := series == circuit || series == info
	histogram := native && strings.Contains(series, "<")
	show := func(v float64) string {
		if !histogram {
			return fmt.Sprintf("%g", v)
		}
		if strings.Contains(series, "<sum>") {
			return fmt.Sprintf("{{schema:3 sum:%g count:%g buckets:[%[2]g]}}", v, 10*v)
		}
		return fmt.Sprintf("{{schema:3 sum:1 count:%g buckets:[%[1]g]}}", v)
	}
	grow := func(from, by float64, n int) string {
		switch {
		case by < 0:
			return fmt.Sprintf("_x%d", n)
		case s.closes && series == circuit && by > 0:
			return strings.Repeat("1 0 ", n/2) + strings.Repeat("1", n%2)
		case gauge:
			return fmt.Sprintf("%gx%d", by, n-1)
		}
		return fmt.Sprintf("%s+%sx%d", show(from), show(by), n-1)
	}
	begin := (before-1)*max(was, 0) + is
	if s.anew {
		begin = 0
	}
	if s.lasts == 0 {
		return grow(0, was, before) + " " + grow(begin, is, after)
	}
	again := begin + float64(s.lasts-1)*is + was
	if gauge {
		again = was
	}
	return grow(0, was, before) + " " + grow(begin, is, s.lasts) + " " + grow(again, was, after-s.lasts)
}

// at is what a minute has of a series, as the last of those says that name it.
func (s story) at(series string, otherwise ...minute) float64 {
	v, ok := usual[series]
	for _, m := range otherwise {
		if said, named := m[series]; named {
			v, ok = said, true
		}
	}
	if !ok {
		return 0
	}
	return v
}

// series are all that the story tells of.
func (s story) series() []string {
	all := maps.Clone(usual)
	maps.Copy(all, s.usual)
	maps.Copy(all, s.then)
	return sorted(all)
}
