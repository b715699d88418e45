package promqltest_test

import (
	"slices"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/promql/promqltest"
)

func TestMetrics(t *testing.T) {
	for text, want := range map[string][2][]string{
		`sum(rate(cachier_requests_total{outcome=~"hit|stale",job="x"}[5m]))`:  {{"cachier_requests_total"}, nil},
		`cache:cachier_calls:rate5m / cachier_waiters`:                         {{"cachier_waiters"}, nil},
		`cachier_wait_duration_seconds_sum`:                                    {{"cachier_wait_duration_seconds"}, nil},
		`cachier_wait_duration_seconds`:                                        {{"cachier_wait_duration_seconds"}, nil},
		`sum({__name__=~"cachier_waiters|cachier_waiter_count",tier="local"})`: {{"cachier_waiters"}, []string{`cachier_waiters{tier="local"}`}},
		`cachier_waiters_sum`:                                                  {nil, []string{"cachier_waiters_sum"}},
		`{__name__=~"cachier_backend_.+"}`:                                     {nil, nil},
		`(cachier_hits_total)`:                                                 {nil, []string{"cachier_hits_total"}},
		`cachier_requests_total{outcome="found"}`:                              {{"cachier_requests_total"}, []string{`cachier_requests_total{outcome="found"}`}},
		`cachier_waiters{tier="local"}`:                                        {{"cachier_waiters"}, []string{`cachier_waiters{tier="local"}`}},
	} {
		if known, unknown := promqltest.Metrics(text); !slices.Equal(known, want[0]) || !slices.Equal(unknown, want[1]) {
			t.Errorf("%s: %q, %q", text, known, unknown)
		}
	}
}
