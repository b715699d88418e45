package promql_test

import (
	"os"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/metrics"
)

func TestExpressions(t *testing.T) {
	native := promql.Scope{Select: `job="a"`, Window: "5m", By: []string{"cache"}}
	classic := native
	classic.Classic = true
	tier, compute := promql.Is("tier", metrics.TierLocal), promql.ComputeDuration.Where(promql.Is("result", metrics.ResultOK))
	for _, tt := range []struct{ got, want string }{
		{native.Rate(promql.Comparisons.Where()), `sum by (cache) (rate(cachier_compute_comparisons_total{job="a"}[5m]))`},
		{
			native.Seen(promql.Comparisons.Where(), "1h"),
			`sum by (cache) (rate(cachier_compute_comparisons_total{job="a"}[5m])) and sum by (cache) (increase(cachier_compute_comparisons_total{job="a"}[1h] @ end())) > 0`,
		},
		{native.Now(promql.Entries.Where(tier)), `sum by (cache) ({__name__=~"cachier_entries|cachier_entry_count",job="a",tier="local"})`},
		{native.Per("tier").Most(promql.Entries.Where()), `max by (cache, tier) ({__name__=~"cachier_entries|cachier_entry_count",job="a"})`},
		{native.Ever(promql.Entries.Where(tier), "2m"), `max by (cache) (max_over_time({__name__=~"cachier_entries|cachier_entry_count",job="a",tier="local"}[2m]))`},
		{native.Throughout(promql.Entries.Where(tier), "2m"), `max by (cache) (min_over_time({__name__=~"cachier_entries|cachier_entry_count",job="a",tier="local"}[2m]))`},
		{native.Rate(promql.Saved.Where()), `sum by (cache) (rate({__name__=~"cachier_saved_seconds_total|cachier_time_saved_seconds_total",job="a"}[5m]))`},
		{promql.Scope{}.Now(promql.Waiters.Where()), `sum({__name__=~"cachier_waiters|cachier_waiter_count"})`},
		{native.Count(compute), `sum by (cache) (histogram_count(rate(cachier_compute_duration_seconds{job="a",result="ok"}[5m])))`},
		{classic.Count(compute), `sum by (cache) (rate(cachier_compute_duration_seconds_count{job="a",result="ok"}[5m]))`},
		{classic.Sum(compute), `sum by (cache) (rate(cachier_compute_duration_seconds_sum{job="a",result="ok"}[5m]))`},
		{native.Quantile(0.5, compute), `histogram_quantile(0.5, sum by (cache) (rate(cachier_compute_duration_seconds{job="a",result="ok"}[5m])))`},
		{classic.Quantile(0.5, compute), `histogram_quantile(0.5, sum by (cache, le) (rate(cachier_compute_duration_seconds_bucket{job="a",result="ok"}[5m])))`},
		{
			native.Readings(),
			`sum by (__name__, backend) ({__name__=~"cachier_backend_.+",__name__!~"cachier_backend_operation_duration_seconds.*",job="a"})`,
		},
		{promql.Scope{}.N(), `sum(cachier_requests_total{outcome!="bypass"})`},
		{promql.Scope{}.Series(promql.Info.Where()), `count(cachier_info)`},
		{promql.Scope{Window: "1m"}.OrNone("x"), `x or on () (0 * sum(rate(cachier_requests_total[1m])))`},
	} {
		if tt.got != tt.want {
			t.Errorf("got  %s\nwant %s", tt.got, tt.want)
		}
	}
}

// What the catalogue doesn't have can't be asked for.
func TestMistakesPanic(t *testing.T) {
	s := promql.Scope{}
	for name, mistake := range map[string]func(){
		"a label that the metric doesn't have":        func() { promql.Saved.Where(promql.Is("outcome", metrics.Hit)) },
		"a value that the label doesn't have":         func() { promql.Requests.Where(promql.Is("outcome", metrics.TierLocal)) },
		"results by a label the metric doesn't have":  func() { s.Per("outcome").Rate(promql.Saved.Where()) },
		"the rate of a gauge":                         func() { s.Rate(promql.Waiters.Where()) },
		"a counter as it is now":                      func() { s.Now(promql.Requests.Where()) },
		"a counter as it ever was":                    func() { s.Ever(promql.Requests.Where(), "1m") },
		"a quantile of a counter":                     func() { s.Quantile(0.5, promql.Requests.Where()) },
		"how often a gauge was observed":              func() { s.Count(promql.Waiters.Where()) },
		"the share of misses for no reason they have": func() { promql.Requests.Where(promql.Is("reason", metrics.NoReason)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("nothing is said against %s", name)
				}
			}()
			mistake()
		}()
	}
}

// docs/metrics.md tells users the same ratios.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	s := promql.Scope{Window: "5m", By: []string{"cache"}}
	for _, ratio := range []string{s.HitRatio(), s.FreshRatio(), s.OffloadRatio()} {
		if want := "`" + strings.ReplaceAll(ratio, "|", `\|`) + "`"; !strings.Contains(string(text), want) {
			t.Errorf("there is no %s", want)
		}
	}
}
