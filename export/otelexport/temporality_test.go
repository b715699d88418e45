package otelexport_test

import (
	"iter"
	"maps"
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

// A function that is made anew on a store of another kind is one with that before,
// whose counts don't come twice; one on each of two kinds are two.
func TestDeltasOfAFunctionOnAnotherStore(t *testing.T) {
	anew, both := metrics.NewRegistry(), metrics.NewRegistry()
	producer := otelexport.NewProducer(metrics.Join(anew, both), otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector))
	got := map[string]int64{}
	collected := func() {
		t.Helper()
		scope, err := collect(t, producer)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pointsAs(t, scope, delta, delta) {
			if sum, ok := p.metric.Data.(metricdata.Sum[int64]); ok && p.metric.Name == "cachier.requests" {
				for _, d := range sum.DataPoints {
					cache, _ := d.Attributes.Value("cache")
					backend, _ := d.Attributes.Value("backend")
					got[cache.AsString()+" "+backend.AsString()] += d.Value
				}
				break
			}
		}
	}
	old := traffic.Recorder(t, anew, "f", metrics.RecorderOptions{Backend: "memory"})
	first := traffic.Recorder(t, both, "g", metrics.RecorderOptions{Backend: "memory"})
	traffic.Hits(old, 10)
	traffic.Hits(first, 1)
	collected()
	anew.Retire(old)
	traffic.Hits(traffic.Recorder(t, anew, "f", metrics.RecorderOptions{Backend: "redis"}), 5)
	second := traffic.Recorder(t, anew, "g", metrics.RecorderOptions{Backend: "redis"})
	traffic.Hits(second, 3)
	collected()
	traffic.Hits(first, 1)
	traffic.Hits(second, 1)
	collected()
	if want := map[string]int64{"f memory": 10, "f ": 5, "g memory": 2, "g redis": 4}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A function that takes the place of another in a source of the program's own counts
// from its beginning.
func TestDeltasOfAFunctionThatCountsAnew(t *testing.T) {
	var r *metrics.Recorder
	producer := otelexport.NewProducer(metrics.SourceFunc(func() iter.Seq[metrics.Snapshot] { return r.Snapshots() }),
		otelexport.WithTemporality(sdkmetric.DeltaTemporalitySelector))
	for _, n := range []int{10, 3, 12} {
		r = traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
		for _, more := range []int{n, 0, 2} {
			traffic.Hits(r, more)
			scope, err := collect(t, producer)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for _, p := range pointsAs(t, scope, delta, delta) {
				if p.metric.Name == "cachier.requests" {
					sum += p.value
				}
			}
			if sum != float64(more) {
				t.Errorf("of %d: %v calls, want %d", n, sum, more)
			}
		}
	}
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
