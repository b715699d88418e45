package promexport_test

import (
	"context"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/metrics"
)

// withStore returns a registry with a store of some kind.
func withStore(t *testing.T, kind string, readings ...metrics.Reading) *metrics.Registry {
	r := metrics.NewRegistry()
	t.Cleanup(r.AddStore(metrics.Store{Key: kind, Backend: kind, Read: func(context.Context) ([]metrics.Reading, error) {
		told := readings
		for i := range readings { // as it is from the second time on
			readings[i].Value++
		}
		return append([]metrics.Reading(nil), told...), nil
	}}))
	return r
}

// exports fails the test unless a registry of these sources tells this of stores.
func exports(t *testing.T, want string, sources ...metrics.Source) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for _, s := range sources {
		registry.MustRegister(promexport.NewCollector(s))
	}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestReadings(t *testing.T) {
	idle := metrics.Reading{Name: "a_pool_idle_connections", Help: "Connections that are idle.", Value: 2}
	waits := metrics.Reading{Name: "a_pool_waits_total", Help: "How often one was waited for.", Counter: true}
	sql, redis := withStore(t, "sql", idle, waits), withStore(t, "redis", idle)
	_ = redis.AddStore(metrics.Store{Key: 2, Backend: "mongo", Read: func(context.Context) ([]metrics.Reading, error) {
		return []metrics.Reading{
			{Name: idle.Name, Help: "Something else.", Value: 7}, // the first help text stays
			{Name: "a_pool_waits", Value: 1},                     // has no help text, and is no counter
		}, nil
	}})
	exports(t, `
		# HELP cachier_backend_a_pool_idle_connections Connections that are idle.
		# TYPE cachier_backend_a_pool_idle_connections gauge
		cachier_backend_a_pool_idle_connections{backend="sql"} 4
		# HELP cachier_backend_a_pool_waits_total How often one was waited for.
		# TYPE cachier_backend_a_pool_waits_total counter
		cachier_backend_a_pool_waits_total{backend="sql"} 1
	`, sql)
	exports(t, `
		# HELP cachier_backend_a_pool_idle_connections Connections that are idle.
		# TYPE cachier_backend_a_pool_idle_connections gauge
		cachier_backend_a_pool_idle_connections{backend="mongo"} 7
		cachier_backend_a_pool_idle_connections{backend="redis"} 4
		# HELP cachier_backend_a_pool_waits A figure of the store's own.
		# TYPE cachier_backend_a_pool_waits gauge
		cachier_backend_a_pool_waits{backend="mongo"} 1
	`, redis)
}

// Registering the same thing twice, in whatever way, never makes a scrape fail.
func TestReadingsTwice(t *testing.T) {
	fixed := func(v float64) func(context.Context) ([]metrics.Reading, error) {
		return func(context.Context) ([]metrics.Reading, error) {
			return []metrics.Reading{{Name: "twice_idle_connections", Help: "Idle.", Value: v}}, nil
		}
	}
	first, second := metrics.NewRegistry(), metrics.NewRegistry()
	first.AddStore(metrics.Store{Key: 1, Backend: "sql", Read: fixed(1)})
	second.AddStore(metrics.Store{Key: 1, Backend: "sql", Read: fixed(1)})
	want := `
		# HELP cachier_backend_twice_idle_connections Idle.
		# TYPE cachier_backend_twice_idle_connections gauge
		cachier_backend_twice_idle_connections{backend="sql"} 1
	`
	exports(t, want, first, second)
	registry, collector := prometheus.NewRegistry(), promexport.NewCollector(first)
	registry.MustRegister(collector, collector)
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	twice := metrics.SourceFunc(first.Snapshots)
	exports(t, "", twice) // a filter tells of functions only
}
