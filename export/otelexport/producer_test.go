package otelexport_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// Everything that a reader gets is what was counted: every series, no other, and
// every bucket.
func TestAgrees(t *testing.T) {
	registry := metrics.NewRegistry()
	traffic.Everything(traffic.Recorder(t, registry, "reports", metrics.RecorderOptions{
		Backend: "redis", Labels: map[string]string{"team": "search"}, Gauges: traffic.Gauges,
	}), 20)
	traffic.Hits(traffic.Recorder(t, registry, "users.fetch", metrics.RecorderOptions{}), 3)
	scope, err := collect(t, otelexport.NewProducer(registry))
	if err != nil {
		t.Fatal(err)
	}
	got := points(t, scope)
	for snapshot := range registry.Snapshots() {
		for s := range snapshot.Series() {
			attributes := []attribute.KeyValue{attribute.String("cache", snapshot.Name), attribute.String("backend", snapshot.Backend)}
			for name, value := range snapshot.Labels {
				attributes = append(attributes, attribute.String(name, value))
			}
			for _, l := range s.Labels {
				attributes = append(attributes, attribute.String(l.Name, l.Value))
			}
			set := attribute.NewSet(attributes...)
			text, err := set.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			name := s.Metric.OTel + string(text)
			p, ok := got[name]
			if !ok {
				t.Errorf("%s is missing", name)
				continue
			}
			delete(got, name)
			if p.metric.Unit != s.Metric.Unit || p.metric.Description != s.Metric.Help {
				t.Errorf("%s: %q in %q", name, p.metric.Description, p.metric.Unit)
			}
			if gauge := s.Metric.Kind == metrics.KindGauge; gauge != p.start.IsZero() || !gauge && !p.start.Equal(snapshot.Start) {
				t.Errorf("%s starts at %v", name, p.start)
			}
			agree(t, name, s, p)
		}
	}
	for name := range got {
		t.Errorf("%s was not counted", name)
	}
	if scope.Scope.Name != "github.com/cachier-go/cachier" || scope.Scope.Version == "" {
		t.Errorf("%+v", scope.Scope)
	}
}

// agree compares one series.
func agree(t *testing.T, name string, s metrics.Series, p point) {
	t.Helper()
	if s.Metric.Kind != metrics.KindHistogram {
		if p.hist != nil || p.value != s.Value || p.counter != (s.Metric.Kind == metrics.KindCounter) {
			t.Errorf("%s: %+v, want %v", name, p, s.Value)
		}
		return
	}
	h := p.hist
	if h == nil || h.Count != s.Buckets.Count || h.Sum != s.Buckets.Sum || h.ZeroCount != s.Buckets.ZeroCount {
		t.Errorf("%s: %+v, want %+v", name, h, s.Buckets)
		return
	}
	// By OpenTelemetry's definition, bucket i ends at base^(i+1).
	base := math.Pow(2, math.Pow(2, -float64(h.Scale)))
	want := maps.Collect(s.Buckets.All())
	for i, n := range h.PositiveBucket.Counts {
		end := math.Pow(base, float64(int(h.PositiveBucket.Offset)+i+1))
		index := int(math.Round(math.Log2(end) * 8))
		if math.Abs(metrics.BucketBound(index)/end-1) > 1e-9 || want[index] != n {
			t.Errorf("%s: %d up to %v, want %d", name, n, end, want[index])
		}
		delete(want, index)
	}
	if len(want) > 0 {
		t.Errorf("%s lacks %v", name, want)
	}
}

func TestEveryMetricOfTheCatalogue(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: traffic.Gauges})
	traffic.Everything(r, 2)
	scope, err := collect(t, otelexport.NewProducer(source{r}))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range scope.Metrics {
		names[m.Name] = true
	}
	for _, m := range metrics.Catalog() {
		if !names[m.OTel] {
			t.Errorf("%s is missing", m.OTel)
		}
		delete(names, m.OTel)
	}
	delete(names, "cachier.backend.pool_connections")
	delete(names, "cachier.backend.evicted_keys")
	if len(names) > 0 {
		t.Errorf("%v are not in the catalogue", slices.Sorted(maps.Keys(names)))
	}
	all := points(t, scope)
	for name, want := range map[string]float64{
		`cachier.export.errors[{"Key":"exporter","Value":{"Type":"STRING","Value":"statsd"}},{"Key":"reason","Value":{"Type":"STRING","Value":"timeout"}}]`: 2,
		`cachier.backend.pool_connections[{"Key":"backend","Value":{"Type":"STRING","Value":"sql"}}]`:                                                       2.5,
		`cachier.backend.evicted_keys[{"Key":"backend","Value":{"Type":"STRING","Value":"redis"}}]`:                                                         7,
	} {
		if p, ok := all[name]; !ok || p.value != want {
			t.Errorf("%s: %v, %v", name, p.value, ok)
		}
	}
}

// source knows of exports and of stores too.
type source struct{ metrics.Source }

func (s source) ExportStats() []metrics.ExportStat {
	return []metrics.ExportStat{{Exporter: "statsd", Reason: "timeout", Errors: 2, Dropped: 3}}
}

func (s source) Readings(context.Context) []metrics.Reading {
	return []metrics.Reading{
		{Backend: "sql", Name: "pool_connections", Unit: "{connection}", Value: 2.5},
		{Backend: "redis", Name: "evicted_keys", Unit: "{key}", Counter: true, Value: 7},
	}
}

// hits sums cachier.requests of hits by the attributes of the function.
func hits(t *testing.T, source metrics.Source, opts ...otelexport.Option) map[string]float64 {
	t.Helper()
	scope, err := collect(t, otelexport.NewProducer(source, opts...))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for name, p := range points(t, scope) {
		if p.metric.Name != "cachier.requests" || !strings.Contains(name, `"outcome","Value":{"Type":"STRING","Value":"hit"}`) {
			continue
		}
		_, name, _ = strings.Cut(name, "[")
		var labels []string
		for part := range strings.SplitSeq(name, `{"Key":`) {
			key, value, _ := strings.Cut(part, `,"Value":{"Type":"STRING","Value":`)
			if key != "" && key != `"outcome"` {
				labels = append(labels, strings.Trim(key, `"`)+"="+strings.Trim(value, `"},]`))
			}
		}
		all[strings.Join(labels, " ")] = p.value
	}
	return all
}

func TestFunctions(t *testing.T) {
	f, g := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	traffic.Hits(f, 3)
	traffic.Hits(g, 4)
	labelled := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Labels: map[string]string{"zone": "a"}})
	traffic.Hits(labelled, 5)
	odd := traffic.Recorder(t, nil, "bad\xff", metrics.RecorderOptions{Labels: map[string]string{"cache": "1", "reason": "2", "label_reason": "3"}})
	traffic.Hits(odd, 6)
	got := hits(t, metrics.Join(f, g, labelled, odd))
	want := map[string]float64{
		"backend=memory cache=f":        7,
		"backend=memory cache=f zone=a": 5,
		"backend=memory cache=bad\uFFFDFF label_cache=1 label_label_reason=3 label_reason=2": 6,
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}

	one, two := f.Snapshot(), f.Snapshot()
	one.Instance, two.Instance = "one", "two"
	fleet := metrics.SourceFunc(func() iter.Seq[metrics.Snapshot] { return slices.Values([]metrics.Snapshot{one, two}) })
	if got := hits(t, fleet); !maps.Equal(got, map[string]float64{"backend=memory cache=f": 6}) {
		t.Errorf("%v", got)
	}
	want = map[string]float64{"backend=memory cache=f instance=one": 3, "backend=memory cache=f instance=two": 3}
	if got := hits(t, fleet, otelexport.WithInstance()); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestSelect(t *testing.T) {
	f, g := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), traffic.Recorder(t, nil, "g", metrics.RecorderOptions{})
	traffic.Hits(f, 1)
	traffic.Hits(g, 1)
	scope, err := collect(t, otelexport.NewProducer(metrics.Join(f, g), otelexport.WithSelect(func(cache string, m *metrics.Metric) bool {
		return cache == "f" && m.OTel == "cachier.requests"
	})))
	if err != nil {
		t.Fatal(err)
	}
	if len(scope.Metrics) != 1 || len(points(t, scope)) != 16 {
		t.Errorf("%d metrics, %d points", len(scope.Metrics), len(points(t, scope)))
	}
	scope, err = collect(t, otelexport.NewProducer(f, otelexport.WithSelect(func(string, *metrics.Metric) bool { return false })))
	if err != nil || len(scope.Metrics) != 0 {
		t.Errorf("%v, %v", scope, err)
	}
}

func TestWithoutZeros(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) { g.Tiers[0].Entries = 0 }})
	traffic.Hits(r, 3)
	scope, err := collect(t, otelexport.NewProducer(r, otelexport.WithoutZeros()))
	if err != nil {
		t.Fatal(err)
	}
	zeros := 0
	for name, p := range points(t, scope) {
		if p.counter && p.value == 0 {
			t.Errorf("%s is 0", name)
		}
		if !p.counter && p.hist == nil && p.value == 0 {
			zeros++
		}
	}
	if zeros == 0 {
		t.Error("gauges of 0 are left out too")
	}
	if got := hits(t, r, otelexport.WithoutZeros())["backend=memory cache=f"]; got != 3 {
		t.Errorf("%v hits", got)
	}
}

func TestNoSource(t *testing.T) {
	errs := handle()
	otelexport.NewProducer(nil)
	if err := errs.take(); err == nil || !strings.Contains(err.Error(), "metrics.Default()") {
		t.Errorf("nil: %v", err)
	}
	otelexport.NewProducer((*metrics.Recorder)(nil))
	if err := errs.take(); !errors.Is(err, metrics.ErrNoRecorder) {
		t.Errorf("nil recorder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := otelexport.NewProducer(metrics.NewRegistry()).Produce(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}

// Several readers have one producer, while calls go on: no count falls.
func TestConcurrentReaders(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	p := otelexport.NewProducer(r)
	ctx, stop := context.WithCancel(t.Context())
	var calls, readers sync.WaitGroup
	calls.Go(func() {
		for ctx.Err() == nil {
			traffic.Hits(r, 1)
		}
	})
	for range 4 {
		readers.Go(func() {
			last := 0.0
			for range 50 {
				scope, err := collect(t, p)
				if err != nil {
					t.Error(err)
					return
				}
				sum := 0.0
				for _, p := range points(t, scope) {
					if p.metric.Name == "cachier.requests" {
						sum += p.value
					}
				}
				if sum < last {
					t.Errorf("%v after %v", sum, last)
				}
				last = sum
			}
		})
	}
	readers.Wait()
	stop()
	calls.Wait()
}
