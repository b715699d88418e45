//go:build unix

package promql_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// A real Prometheus gives the ratios of a Snapshot, and its counts, exactly, for native
// and for classic histograms, and quantiles within the width of a bucket.
func TestPrometheusAgrees(t *testing.T) {
	registry := metrics.NewRegistry()
	busy := traffic.Recorder(t, registry, "busy", metrics.RecorderOptions{})
	idle := traffic.Recorder(t, registry, "idle", metrics.RecorderOptions{})
	everything(busy)
	server := httptest.NewServer(promexport.Handler(registry, promexport.WithClassicBuckets()))
	defer server.Close()
	p := testserver.StartPrometheus3(t, fmt.Sprintf(`
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: native
    scrape_native_histograms: true
    static_configs: [{targets: [%[1]q]}]
  - job_name: classic
    static_configs: [{targets: [%[1]q]}]
`, server.Listener.Addr()))

	snapshot := busy.Snapshot()
	miss := promql.RequestDuration.Where(promql.Is("outcome", metrics.Miss))
	for _, classic := range []bool{false, true} {
		job := map[bool]string{false: "native", true: "classic"}[classic]
		s := promql.Scope{Select: fmt.Sprintf(`job=%q,cache="busy"`, job), Classic: classic}
		for _, tt := range []struct {
			expr      string
			want, off float64
		}{
			{s.HitRatio(), snapshot.HitRatio(), 1e-12},
			{s.FreshRatio(), snapshot.FreshRatio(), 1e-12},
			{s.OffloadRatio(), snapshot.OffloadRatio(), 1e-12},
			{promql.Share(s.Rate(promql.RequestErrors.Where()), s.N()), 0, 0}, // none yet
			{s.N(), float64(snapshot.N()), 0},
			{s.StaleErrors(), float64(snapshot.RequestsReason(metrics.Stale, metrics.ReasonError)), 0},
			{s.Count(promql.ComputeDuration.Where()), float64(snapshot.Computations()), 0},
			{s.Sum(promql.WaitDuration.Where()), snapshot.Waits().Sum().Seconds(), 1e-9},
			{s.Rate(promql.Saved.Where()), snapshot.Saved().Duration().Seconds(), 1e-9},
			// Buckets are 9 % wide, classic ones a factor of 4.
			{s.Quantile(0.5, miss), snapshot.Latency(metrics.Miss).Quantile(0.5).Seconds(), map[bool]float64{false: 0.091, true: 3}[classic]},
		} {
			testserver.Eventually(t, tt.expr, func() error {
				got, err := ask(p, tt.expr)
				if err == nil && math.Abs(got-tt.want) > tt.off*tt.want {
					err = fmt.Errorf("got %v, want %v", got, tt.want)
				}
				return err
			})
		}
		// Without calls there is no ratio.
		none := promql.Scope{Select: fmt.Sprintf(`job=%q,cache="idle"`, job), Classic: classic}
		failed := promql.Share(none.Rate(promql.RequestErrors.Where()), none.N())
		for _, expr := range []string{none.HitRatio(), none.FreshRatio(), none.OffloadRatio(), failed} {
			if got, err := ask(p, expr); err == nil {
				t.Errorf("%s is %v where nobody called", expr, got)
			}
		}
	}
	if ratio := idle.Snapshot().HitRatio(); !math.IsNaN(ratio) {
		t.Error(ratio)
	}
}

// everything has calls of all outcomes and reasons, each so often as no other, and
// computations for all triggers.
func everything(r *metrics.Recorder) {
	n := 0
	for o := metrics.Hit; o <= metrics.Bypass; o++ {
		reasons := o.Reasons()
		if reasons == nil {
			reasons = []metrics.Reason{metrics.NoReason}
		}
		for _, reason := range reasons {
			n++
			for i := range 10 * n {
				r.Record(metrics.Call{
					Outcome: o, Reason: reason, Age: metrics.Unknown, StaleFor: metrics.Unknown,
					Duration: time.Duration(1+i) * time.Millisecond, Cost: time.Second, Overhead: time.Microsecond,
				})
			}
		}
	}
	for trigger := metrics.TriggerMiss; trigger <= metrics.TriggerBypass; trigger++ {
		for range 7 * (1 + int(trigger)) {
			r.Compute(metrics.Computation{Trigger: trigger, Duration: time.Second})
		}
	}
	r.Wait(metrics.ScopeProcess, metrics.ResultOK, time.Second)
	r.Wait(metrics.ScopeLimit, metrics.ResultTimeout, time.Minute)
}

// ask wants one value of an expression, now.
func ask(p *testserver.Prometheus, expr string) (float64, error) {
	response, err := http.Get(p.URL + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		Error string
		Data  struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return 0, err
	}
	if len(body.Data.Result) != 1 {
		return 0, fmt.Errorf("%d results %s", len(body.Data.Result), body.Error)
	}
	return strconv.ParseFloat(fmt.Sprint(body.Data.Result[0].Value[1]), 64)
}
