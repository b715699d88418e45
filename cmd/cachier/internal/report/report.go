// Package report writes what a fleet has counted, for people and for programs.
package report

import (
	"encoding/json"
	"fmt"
	"math"
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
	if a.Skipped > 0 {
		fmt.Fprintf(&b, "\n%d records could not be read, and are not in it: they are damaged, or of another program.\n", a.Skipped)
	}
	return b.String()
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

// JSON is the report for programs. Fields are added, never renamed; times are in
// seconds or RFC 3339, and null means no data.
func (r *Report) JSON() ([]byte, error) {
	type group struct {
		By         map[string]string `json:"by"`
		Calls      uint64            `json:"calls"`
		Outcomes   map[string]uint64 `json:"outcomes"`
		HitRatio   *float64          `json:"hit_ratio"`
		HitP50     *float64          `json:"hit_p50"`
		HitP99     *float64          `json:"hit_p99"`
		ComputeP50 *float64          `json:"compute_p50"`
		ComputeP99 *float64          `json:"compute_p99"`
		Saved      float64           `json:"saved"`
		Errors     uint64            `json:"errors"`
	}
	type start struct {
		ID       string            `json:"id"`
		Instance string            `json:"instance"`
		Version  string            `json:"version"`
		Labels   map[string]string `json:"labels"`
		State    string            `json:"state"`
		Started  time.Time         `json:"started"`
		Written  *time.Time        `json:"written"`
		Clock    float64           `json:"clock_ahead"`
	}
	out := struct {
		Fleet   string     `json:"fleet"`
		Since   *float64   `json:"since"`
		From    *time.Time `json:"from"`
		To      *time.Time `json:"to"`
		Starts  []start    `json:"starts"`
		Groups  []group    `json:"groups"`
		Skipped int        `json:"skipped"`
	}{Fleet: r.Fleet, Starts: []start{}, Groups: []group{}, Skipped: r.Answer.Skipped, From: timeOrNull(r.Answer.From), To: timeOrNull(r.Answer.To)}
	if r.Since > 0 {
		out.Since = numberOrNull(r.Since.Seconds())
	}
	for _, s := range r.Answer.Starts {
		out.Starts = append(out.Starts, start{s.ID, s.Instance, s.Version, s.Labels, s.State.String(), s.Started, timeOrNull(s.Written), s.Clock.Seconds()})
	}
	for _, g := range r.groups() {
		s := g.Snapshot
		one := group{
			By: map[string]string{}, Calls: s.Calls(), Outcomes: map[string]uint64{}, HitRatio: numberOrNull(s.HitRatio()),
			HitP50: quantileOrNull(s.Latency(metrics.Hit), 0.5), HitP99: quantileOrNull(s.Latency(metrics.Hit), 0.99),
			ComputeP50: quantileOrNull(s.Compute(), 0.5), ComputeP99: quantileOrNull(s.Compute(), 0.99),
			Saved: float64(s.Saved()), Errors: failures(s),
		}
		for i, by := range r.By {
			one.By[by] = g.Values[i]
		}
		for o := metrics.Hit; o <= metrics.Bypass; o++ {
			one.Outcomes[o.String()] = s.Requests(o)
		}
		out.Groups = append(out.Groups, one)
	}
	return json.MarshalIndent(out, "", "  ")
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func numberOrNull(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func quantileOrNull(h metrics.Histogram, q float64) *float64 {
	if h.Count() == 0 {
		return nil
	}
	return numberOrNull(h.Quantile(q).Seconds())
}
