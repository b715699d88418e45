package integration_test

import (
	"errors"
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
