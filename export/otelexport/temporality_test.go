package otelexport_test

import (
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

const (
	delta      = metricdata.DeltaTemporality
	cumulative = metricdata.CumulativeTemporality
)

// sums adds up deltas, by name and attributes, and sees that each begins where
// the one before ended.
type sums struct {
	values, counts map[string]float64
	ends           map[string]point
}

func newSums() *sums {
	return &sums{map[string]float64{}, map[string]float64{}, map[string]point{}}
}

func (s *sums) add(t *testing.T, all map[string]point) {
	t.Helper()
	for name, p := range all {
		switch {
		case p.hist != nil:
			s.counts[name] += float64(p.hist.Count)
			s.values[name] += p.hist.Sum
		case p.counter:
			s.values[name] += p.value
		default:
			continue
		}
		if p.start.After(p.end) {
			t.Errorf("%s starts at %v and ends at %v", name, p.start, p.end)
		}
		if last, ok := s.ends[name]; ok && p.start.Before(last.end) {
			t.Errorf("%s starts at %v, the one before ends at %v", name, p.start, last.end)
		}
		s.ends[name] = p
	}
}

// The deltas of a producer add up to what another one has cumulatively, also
// with a third one beside them.
func TestDeltasAddUp(t *testing.T) {
	registry := metrics.NewRegistry()
	f := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{Gauges: traffic.Gauges})
	counted := &rising{Source: registry}
	all := otelexport.NewProducer(counted)
	deltas := otelexport.NewProducer(counted, otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector))
	other := otelexport.NewProducer(counted, otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector))
	got := newSums()
	for i := range 5 {
		traffic.Everything(f, i)
		if i == 3 {
			traffic.Everything(traffic.Recorder(t, registry, "g", metrics.RecorderOptions{Labels: map[string]string{"team": "search"}}), 2)
		}
		counted.n += uint64(i)
		scope, err := collect(t, deltas)
		if err != nil {
			t.Fatal(err)
		}
		got.add(t, pointsAs(t, scope, delta, delta))
		if i%2 == 0 {
			if _, err := collect(t, other); err != nil {
				t.Fatal(err)
			}
		}
	}
	scope, err := collect(t, all)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range points(t, scope) {
		switch {
		case p.hist != nil:
			if got.counts[name] != float64(p.hist.Count) || !near(got.values[name], p.hist.Sum) {
				t.Errorf("%s: %v values of %v, want %v of %v", name, got.counts[name], got.values[name], p.hist.Count, p.hist.Sum)
			}
		case p.counter && !near(got.values[name], p.value):
			t.Errorf("%s: %v, want %v", name, got.values[name], p.value)
		}
		delete(got.values, name)
	}
	for name := range got.values {
		t.Errorf("%s is in deltas alone", name)
	}

	scope, err = collect(t, deltas)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range pointsAs(t, scope, delta, delta) {
		if p.hist != nil || p.counter {
			t.Errorf("nothing happened, and %s is %+v", name, p)
		}
	}
}

func near(a, b float64) bool { return a-b <= 1e-9*b && b-a <= 1e-9*b }

// rising has exports that fail, and a store whose counter rises.
type rising struct {
	metrics.Source
	n uint64
}

func (r *rising) ExportStats() []metrics.ExportStat {
	return []metrics.ExportStat{{Exporter: "statsd", Reason: "timeout", Errors: r.n, Dropped: 2 * r.n}}
}

// A selector may have deltas of histograms alone, as the SDK's for little memory.
func TestTemporalityOfEachKind(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	p := otelexport.NewProducer(r, otelexport.WithTemporality(sdkmetric.LowMemoryTemporalitySelector))
	for range 2 {
		traffic.Hits(r, 3)
		traffic.Everything(r, 1)
		scope, err := collect(t, p)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range pointsAs(t, scope, cumulative, delta) {
			switch {
			case strings.HasPrefix(name, "cachier.wait.duration"):
				if got.hist.Count != 1 {
					t.Errorf("%s: %d values", name, got.hist.Count)
				}
			case strings.HasPrefix(name, "cachier.requests"):
				if !got.start.Equal(r.Snapshot().Start) {
					t.Errorf("%s starts at %v", name, got.start)
				}
			}
		}
	}
	if got := hits(t, r)["backend=memory cache=f"]; got != 8 {
		t.Errorf("%v hits", got)
	}
}

func TestWrongTemporality(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	for name, selector := range map[string]sdkmetric.TemporalitySelector{
		"nil":     nil,
		"unknown": func(sdkmetric.InstrumentKind) metricdata.Temporality { return 9 },
	} {
		errs := handle()
		otelexport.NewProducer(r, otelexport.WithTemporality(selector))
		if err := errs.take(); err == nil || !strings.Contains(err.Error(), "WithTemporality") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
