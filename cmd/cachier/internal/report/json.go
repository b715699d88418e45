package report

import (
	"encoding/json"
	"math"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

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
