package promexport_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// hits sums cachier_requests_total{outcome="hit"} by the labels that are left when outcome is gone.
func hits(families map[string]*dto.MetricFamily) map[string]float64 {
	all := map[string]float64{}
	for _, m := range families["cachier_requests_total"].GetMetric() {
		var labels []string
		outcome := ""
		for _, p := range m.GetLabel() {
			if p.GetName() == "outcome" {
				outcome = p.GetValue()
			} else {
				labels = append(labels, p.GetName()+"="+p.GetValue())
			}
		}
		if outcome == "hit" {
			all[strings.Join(labels, " ")] += m.GetCounter().GetValue()
		}
	}
	return all
}

func expectHits(t *testing.T, got map[string]*dto.MetricFamily, want map[string]float64) {
	t.Helper()
	if got := hits(got); !maps.Equal(got, want) {
		t.Errorf("hits %v, want %v", got, want)
	}
}

func gathered(t *testing.T, g prometheus.Gatherer) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// TestRegisteredTwice registers one collector twice: no panic, no error, no double count, again and again.
func TestRegisteredTwice(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	traffic.Hits(r, 3)
	c := promexport.NewCollector(r)
	registry := prometheus.NewRegistry()
	registry.MustRegister(c, c)
	for range 20 {
		expectHits(t, gathered(t, registry), map[string]float64{"backend=memory cache=f": 3})
	}
	if n := testutil.CollectAndCount(c, "cachier_info"); n != 1 {
		t.Errorf("a scrape of its own got %d infos, want 1", n)
	}
}

// TestSecondCollector has two collectors over different functions in one registry: none hides the other.
func TestSecondCollector(t *testing.T) {
	f, g := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), traffic.Recorder(t, nil, "g", metrics.RecorderOptions{})
	traffic.Hits(f, 3)
	traffic.Hits(g, 4)
	registry := prometheus.NewRegistry()
	registry.MustRegister(promexport.NewCollector(f), promexport.NewCollector(g))
	want := map[string]float64{"backend=memory cache=f": 3, "backend=memory cache=g": 4}
	expectHits(t, gathered(t, registry), want)

	// One under other labels is another one.
	registry = prometheus.NewRegistry()
	for _, zone := range []string{"a", "b"} {
		prometheus.WrapRegistererWith(prometheus.Labels{"zone": zone}, registry).MustRegister(promexport.NewCollector(f))
	}
	want = map[string]float64{"backend=memory cache=f zone=a": 3, "backend=memory cache=f zone=b": 3}
	expectHits(t, gathered(t, registry), want)
}

// TestOverlap has one function in two collectors: the scrape says so instead of hiding either.
func TestOverlap(t *testing.T) {
	all := metrics.NewRegistry()
	f := traffic.Recorder(t, all, "f", metrics.RecorderOptions{})
	traffic.Hits(f, 1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(promexport.NewCollector(all), promexport.NewCollector(f))
	if _, err := registry.Gather(); err == nil || !strings.Contains(err.Error(), "was collected before") {
		t.Errorf("got %v, want an error about duplicates", err)
	}
}

func TestEqualNamesAddUp(t *testing.T) {
	f, g := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	traffic.Hits(f, 3)
	traffic.Hits(g, 4)
	labelled := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Labels: map[string]string{"zone": "a"}})
	traffic.Hits(labelled, 5)
	expectHits(t, gather(t, metrics.Join(f, g, labelled)),
		map[string]float64{"backend=memory cache=f": 7, "backend=memory cache=f zone=a": 5})
}

// TestLabels makes names that Prometheus takes of any that a user may choose, without losing one.
func TestLabels(t *testing.T) {
	r := traffic.Recorder(t, nil, "bad\xffname", metrics.RecorderOptions{Backend: "sql", Labels: map[string]string{
		"le": "1", "cache": "2", "reason": "3", "__name__": "4", "a.b": "5", "a/b": "6", "a_b": "7\xff", "9": "8", "größe": "9",
	}})
	traffic.Hits(r, 1)
	expectHits(t, gather(t, r), map[string]float64{
		"a_b=5 a_b_2=6 a_b_3=7\uFFFD backend=sql cache=bad\uFFFDname gr__e=9 label_9=8 label___name__=4 label_cache=2 " +
			"label_le=1 label_reason=3": 1,
	})
}

func TestInstance(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Labels: map[string]string{"instance": "static"}})
	traffic.Hits(r, 2)
	one, two := r.Snapshot(), r.Snapshot()
	one.Instance, two.Instance = "one", "two"
	fleet := metrics.SourceFunc(func() iter.Seq[metrics.Snapshot] { return slices.Values([]metrics.Snapshot{one, two}) })
	expectHits(t, gather(t, fleet), map[string]float64{"backend=memory cache=f instance=static": 4})
	expectHits(t, gather(t, fleet, promexport.WithInstance()), map[string]float64{
		"backend=memory cache=f instance=one label_instance=static": 2,
		"backend=memory cache=f instance=two label_instance=static": 2,
	})
}

func TestSelect(t *testing.T) {
	f, g := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{}), traffic.Recorder(t, nil, "g", metrics.RecorderOptions{})
	traffic.Everything(f, 3)
	traffic.Everything(g, 4)
	got := gather(t, metrics.Join(f, g), promexport.WithSelect(func(cache string, m *metrics.Metric) bool {
		return cache == "f" && m.Kind == metrics.KindCounter
	}))
	expectHits(t, got, map[string]float64{"backend=memory cache=f": 3})
	for name, family := range got {
		if family.GetType() != dto.MetricType_COUNTER {
			t.Errorf("%s wasn't selected", name)
		}
	}
}

func TestNoSource(t *testing.T) {
	for name, test := range map[string]struct {
		source metrics.Source
		want   string
	}{
		"nil":          {nil, "metrics.Default()"},
		"nil recorder": {(*metrics.Recorder)(nil), "WithoutMetrics"},
	} {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			registry.MustRegister(promexport.NewCollector(test.source))
			if _, err := registry.Gather(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Gather: %v, want an error with %s", err, test.want)
			}
			err := promexport.ListenAndServe(t.Context(), "127.0.0.1:0", test.source)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ListenAndServe: %v, want an error with %s", err, test.want)
			}
		})
	}
}

type function struct {
	name     string
	recorder *metrics.Recorder
}

func (f *function) Name() string               { return f.name }
func (f *function) Metrics() *metrics.Recorder { return f.recorder }

func TestFunctions(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	traffic.Hits(r, 3)
	f := &function{"f", r}
	source, err := promexport.Functions(f, f)
	if err != nil {
		t.Fatal(err)
	}
	expectHits(t, gather(t, source), map[string]float64{"backend=memory cache=f": 3})

	if _, err := promexport.Functions(f, &function{"bare", nil}); !errors.Is(err, metrics.ErrNoRecorder) ||
		!strings.Contains(err.Error(), `"bare"`) {
		t.Errorf("without metrics: %v", err)
	}
	for name, functions := range map[string][]promexport.Function{"none": nil, "nil": {nil}, "nil pointer": {(*function)(nil)}} {
		if _, err := promexport.Functions(functions...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestConcurrentScrapes has several scrapes at once, of one registry with a collector registered twice, while calls go on.
// Every scrape sees the function once, and no count falls.
func TestConcurrentScrapes(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	c := promexport.NewCollector(r)
	registry := prometheus.NewRegistry()
	registry.MustRegister(c, c)
	ctx, stop := context.WithCancel(t.Context())
	var calls, scrapes sync.WaitGroup
	calls.Go(func() {
		for ctx.Err() == nil {
			traffic.Everything(r, 1)
		}
	})
	for range 4 {
		scrapes.Go(func() {
			last := 0.0
			for range 50 {
				families, err := registry.Gather()
				if err != nil {
					t.Error(err)
					return
				}
				for _, family := range families {
					if family.GetName() != "cachier_requests_total" {
						continue
					}
					sum := 0.0
					for _, m := range family.GetMetric() {
						sum += m.GetCounter().GetValue()
					}
					if sum < last || len(family.GetMetric()) != 16 {
						t.Errorf("%d series with a sum of %v after %v", len(family.GetMetric()), sum, last)
					}
					last = sum
				}
			}
		})
	}
	scrapes.Wait()
	stop()
	calls.Wait()
}
