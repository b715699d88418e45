package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"

	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// TestPrometheusAgreesByOTLP pushes to a real Prometheus 3, as it takes OTLP by
// default, and compares everything that it then knows with the snapshots.
func TestPrometheusAgreesByOTLP(t *testing.T) {
	t.Parallel() // it mostly waits
	p := prometheus{testserver.StartPrometheus3(t, "")}
	registry := metrics.NewRegistry()
	r, err := metrics.NewRecorder("users.fetch é", metrics.RecorderOptions{})
	if err == nil {
		err = registry.Register(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(p.OTLP()))
	if err != nil {
		t.Fatal(err)
	}
	provider := pushing(t, "shop", e, time.Hour, registry)
	for seed := range uint64(3) {
		traffic(r, seed, 10_000)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	testserver.Eventually(t, "Prometheus stores it", func() error {
		if info, err := p.query(`cachier_info`); err != nil || len(info) == 0 {
			return errors.Join(err, errors.New("nothing yet"))
		}
		return nil
	})
	compareAs(t, p, registry, otlpName)
	quantilesAgree(t, p, r.Snapshot())
}

// TestDashboardByOTLP has a real Prometheus 3 that is pushed to answer what the
// dashboard and the recording rules ask, though it has other names for some of it.
func TestDashboardByOTLP(t *testing.T) {
	t.Parallel() // it mostly waits
	p := prometheus{testserver.StartPrometheus3(t, "")}
	registry := metrics.NewRegistry()
	r, err := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{Backend: "redis", Gauges: func(g *metrics.Gauges) {
		g.Tiers[metrics.TierLocal] = metrics.TierGauges{Entries: 9, EntriesLimit: 10, Size: 900, SizeLimit: 1000}
		g.Tiers[metrics.TierBackend] = metrics.TierGauges{Entries: 99, EntriesLimit: -1, Size: 9900, SizeLimit: -1, SizeAge: time.Second}
		g.CircuitRead, g.CircuitWrite = 0, 1
	}})
	if err == nil {
		err = registry.Register(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer registry.AddStore(metrics.Store{Backend: "redis", Read: func(context.Context) ([]metrics.Reading, error) {
		return []metrics.Reading{{Name: "pool_idle_connections", Unit: "{connection}", Value: 3}}, nil
	}})()
	e, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(p.OTLP()))
	if err != nil {
		t.Fatal(err)
	}
	provider := pushing(t, "shop", e, time.Hour, registry)
	for seed := range uint64(2) {
		traffic(r, seed, 10_000)
		r.Record(metrics.Call{
			Outcome: metrics.Stale, Reason: metrics.ReasonRevalidate, Age: time.Hour, StaleFor: time.Minute, Cost: time.Second, Price: 1,
		})
		r.Compute(metrics.Computation{Trigger: metrics.TriggerRevalidate, Duration: time.Second, Price: 1})
		r.TierLookup(metrics.TierBackend, metrics.ResultOK)
		r.BackendOperation(metrics.BackendGet, metrics.ResultTimeout, time.Second)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	variables := strings.NewReplacer("$job", "shop", "$instance", ".*", "$cache", "users.fetch", "$__rate_interval", "5m", "$__range", "5m")
	asked := append(expressions(t, "../../docs/prometheus/dashboard.json", `"expr": (".*")`),
		expressions(t, "../../docs/prometheus/rules.yaml", `\n        expr: \|-\n          (sum by .*)`)...)
	has := func(expression string) error {
		found, err := p.query(variables.Replace(expression))
		if err == nil && len(found) == 0 {
			err = errors.New("no data")
		}
		return err
	}
	testserver.Eventually(t, "Prometheus stores it", func() error { return has("rate(cachier_requests_total[5m])") })
	for _, expression := range asked {
		if err := has(expression); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
	if len(asked) < 60 {
		t.Errorf("%d expressions", len(asked))
	}
}

// expressions are those in a file, which may be quoted as JSON.
func expressions(t *testing.T, path, pattern string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
		expression := found[1]
		if strings.HasPrefix(expression, `"`) {
			if err := json.Unmarshal([]byte(expression), &expression); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, expression)
	}
	return all
}

// otlpName is what Prometheus makes of a name and a unit of OpenTelemetry's.
func otlpName(m *metrics.Metric) string {
	name := strings.ReplaceAll(m.OTel, ".", "_")
	switch m.Unit {
	case "s":
		name += "_seconds"
	case "By":
		name += "_bytes"
	}
	if m.Kind == metrics.KindCounter {
		name += "_total"
	}
	return name
}
