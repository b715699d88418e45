package metrics_test

import (
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

func gaugesOf(name string, fill func(*metrics.Gauges)) metrics.Snapshot {
	return newRecorder(name, metrics.RecorderOptions{Gauges: fill}).Snapshot()
}

func TestGaugesOfInstancesAdd(t *testing.T) {
	local := func(entries, limit int64) metrics.Snapshot {
		return gaugesOf("f", func(g *metrics.Gauges) {
			g.Tiers[metrics.TierLocal].Entries, g.Tiers[metrics.TierLocal].EntriesLimit = entries, limit
		})
	}
	got := local(10, 100).Plus(local(20, -1)).Plus(local(-1, -1)).Gauges()
	want := metrics.TierGauges{Entries: 30, EntriesLimit: 100, Size: -1, SizeLimit: -1, SizeAge: metrics.Unknown}
	if got.Tiers[metrics.TierLocal] != want {
		t.Errorf("%+v, want %+v", got.Tiers[metrics.TierLocal], want)
	}
	if got.CircuitRead != -1 || got.CircuitWrite != -1 {
		t.Error("there is no circuit")
	}
}

func TestOfSharedGaugesTheNewestCounts(t *testing.T) {
	shared := func(name, store string, entries int64, age time.Duration) metrics.Snapshot {
		return gaugesOf(name, func(g *metrics.Gauges) {
			g.Tiers[metrics.TierBackend] = metrics.TierGauges{Entries: entries, EntriesLimit: -1, Size: -1, SizeLimit: -1, SizeAge: age, Shared: true, Identity: store}
			g.CircuitRead = int8(entries % 2)
		})
	}
	all := []metrics.Snapshot{
		shared("f", "redis-1", 10, time.Hour), shared("f", "redis-1", 13, time.Minute), shared("f", "redis-1", 12, 2*time.Hour),
		shared("f", "redis-2", 100, time.Minute),
		shared("g", "redis-1", 1000, time.Second), // another function's entries in the same store
	}
	var sum metrics.Snapshot
	for _, s := range all {
		sum = sum.Plus(s)
	}
	got := sum.Gauges()
	if n := got.Tiers[metrics.TierBackend].Entries; n != 13+100+1000 {
		t.Errorf("%d entries, want 1113", n)
	}
	if age := got.Tiers[metrics.TierBackend].SizeAge; age != time.Minute {
		t.Errorf("counted %v ago, want the oldest of those that count", age)
	}
	if got.CircuitRead != 1 || got.CircuitWrite != -1 {
		t.Errorf("circuits %d %d", got.CircuitRead, got.CircuitWrite)
	}
}

func TestUnknownGaugesAreAbsent(t *testing.T) {
	seen := func(s metrics.Snapshot) (names []string) {
		for series := range s.Series() {
			if series.Metric.Kind == metrics.KindGauge && series.Metric.Name != "cachier_info" {
				names = append(names, series.Metric.Name)
			}
		}
		return names
	}
	r := newRecorder("f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) {
		g.Tiers[metrics.TierLocal].Entries = 0
		g.CircuitWrite = 0
	}})
	if names := seen(r.Snapshot()); len(names) != 2 || names[0] != "cachier_entries" || names[1] != "cachier_circuit_open" {
		t.Errorf("%v", names)
	}
	r.AddInFlight(1)
	r.AddInFlight(-1)
	r.AddWaiters(0)
	if names := seen(r.Snapshot()); len(names) != 4 || names[0] != "cachier_calls_in_flight" || names[1] != "cachier_waiters" {
		t.Errorf("%v", names)
	}
}
