// Package report writes what a fleet has counted, for people and for programs.
package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/metrics"
)

// Report is an answer with what it was asked.
type Report struct {
	Fleet  string
	Since  time.Duration // 0: everything
	By     []string      // what it is grouped by
	Answer *fleet.Answer
}

// starts counts the starts in each state.
func (r *Report) starts() (n [3]int) {
	for _, s := range r.Answer.Starts {
		n[s.State]++
	}
	return n
}

// Text is the report for people.
func (r *Report) Text(now time.Time) string {
	var b strings.Builder
	n := r.starts()
	fmt.Fprintf(&b, "%s: %d live, %d stale, %d gone", r.Fleet, n[fleet.Live], n[fleet.Stale], n[fleet.Gone])
	a := r.Answer
	if len(r.groups()) == 0 {
		fmt.Fprintf(&b, "\nNothing was counted%s.\n", r.asked())
	} else {
		fmt.Fprintf(&b, "; from %s to %s (%s%s)\n\n", clock(a.From, now), clock(a.To, now), text.Duration(a.To.Sub(a.From)), r.asked())
		b.WriteString(r.table())
	}
	b.WriteString(r.remarks(now))
	return b.String()
}

// mostNamed is how many stale instances are named.
const mostNamed = 5

// remarks say what is not as it should be: who is not heard of, what is in no
// answer, and what nobody has.
func (r *Report) remarks(now time.Time) string {
	var all []string
	stale := r.stale(now)
	if more := len(stale) - mostNamed; more > 0 {
		stale = append(stale[:mostNamed], fmt.Sprintf("and %d more", more))
	}
	if len(stale) > 0 {
		all = append(all, "Stale: "+strings.Join(stale, "; ")+".")
	}
	groups := r.groups()
	for i, by := range r.By {
		if len(groups) > 0 && !slices.ContainsFunc(groups, func(g fleet.Group) bool { return g.Values[i] != "" }) {
			all = append(all, fmt.Sprintf("Nothing here has a %s.", by))
		}
	}
	if n := r.Answer.Skipped; n > 0 {
		all = append(all, fmt.Sprintf("%d records could not be read, and are not in it: they are damaged, or of another program or version.", n))
	}
	if len(all) == 0 {
		return ""
	}
	return "\n" + strings.Join(all, "\n") + "\n"
}

// stale says of the instances of which all starts are stale when they were last
// heard of. One that crashed and runs again is not among them.
func (r *Report) stale(now time.Time) (all []string) {
	for i, s := range r.Answer.Starts { // by instance and time
		others := slices.ContainsFunc(r.Answer.Starts, func(o *fleet.Start) bool { return o.Instance == s.Instance && o.State == fleet.Live })
		last := i == len(r.Answer.Starts)-1 || r.Answer.Starts[i+1].Instance != s.Instance
		switch {
		case s.State != fleet.Stale || others || !last:
		case s.Written.IsZero():
			all = append(all, s.Instance+", which has written nothing yet")
		default:
			all = append(all, fmt.Sprintf("%s, last heard of %s ago", s.Instance, text.Duration(now.Sub(s.Written))))
		}
	}
	return all
}

func (r *Report) asked() string {
	if r.Since == 0 {
		return ""
	}
	return ", asked for " + text.Duration(r.Since)
}

// clock writes a time of day, with the day where that isn't today.
func clock(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

func (r *Report) table() string {
	var header []string
	for _, by := range r.By {
		header = append(header, "<"+by)
	}
	header = append(header, "calls", "a second", "hit ratio", "stale", "hit p50", "p99", "compute p50", "p99", "saved", "errors")
	var rows [][]string
	for _, g := range r.groups() {
		var row []string
		for _, v := range g.Values {
			row = append(row, orNone(v))
		}
		rows = append(rows, append(row, cells(g.Snapshot)...))
	}
	if len(rows) > 1 {
		total := make([]string, len(r.By))
		if len(total) > 0 {
			total[0] = "all"
		}
		rows = append(rows, append(total, cells(r.Answer.Sum())...))
	}
	return text.Table(header, rows)
}

// groups are those that were called, the busiest first.
func (r *Report) groups() []fleet.Group {
	groups := slices.DeleteFunc(r.Answer.By(r.By...), func(g fleet.Group) bool { return g.Snapshot.Calls() == 0 })
	slices.SortStableFunc(groups, func(a, b fleet.Group) int {
		switch x, y := a.Snapshot.Calls(), b.Snapshot.Calls(); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return groups
}

func cells(s metrics.Snapshot) []string {
	hit, compute := s.Latency(metrics.Hit), s.Compute()
	return []string{
		text.Count(s.Calls()), text.Rate(float64(s.Calls()) / s.To.Sub(s.From).Seconds()), text.Percent(s.HitRatio()),
		share(s.Requests(metrics.Stale), s.N()), quantile(hit, 0.5), quantile(hit, 0.99), quantile(compute, 0.5), quantile(compute, 0.99),
		text.Duration(s.Saved().Duration()), text.Count(failures(s)),
	}
}

func orNone(s string) string {
	if s == "" {
		return text.None
	}
	return s
}

func share(part, all uint64) string {
	if all == 0 {
		return text.None
	}
	return text.Percent(float64(part) / float64(all))
}

func quantile(h metrics.Histogram, q float64) string {
	if h.Count() == 0 {
		return text.None
	}
	return text.Duration(h.Quantile(q))
}

// failures are the calls that returned an error.
func failures(s metrics.Snapshot) (n uint64) {
	for o := metrics.Hit; o <= metrics.Bypass; o++ {
		for e := metrics.ErrorFunction; e <= metrics.ErrorBackend; e++ {
			n += s.Errors(o, e)
		}
	}
	return n
}
