package metrics_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

func TestCatalogFollowsTheConventions(t *testing.T) {
	suffix := map[string]string{"s": "_seconds", "By": "_bytes"}
	names := map[string]bool{}
	label := regexp.MustCompile(`^[a-z][a-z_]*$`)
	for _, m := range metrics.Catalog() {
		if names[m.Name] || names[m.OTel] {
			t.Errorf("%s is there twice", m.Name)
		}
		names[m.Name], names[m.OTel] = true, true
		base, counter := strings.CutSuffix(m.Name, "_total")
		if counter != (m.Kind == metrics.KindCounter) {
			t.Errorf("%s is a %v", m.Name, m.Kind)
		}
		if !strings.HasSuffix(base, suffix[m.Unit]) {
			t.Errorf("%s has the unit %s", m.Name, m.Unit)
		}
		if !strings.HasPrefix(m.Name, "cachier_") || !strings.HasPrefix(m.OTel, "cachier.") || !strings.HasSuffix(m.Help, ".") {
			t.Errorf("%+v", m)
		}
		for _, l := range m.Labels {
			for _, v := range append(l.Values, l.Name) {
				if !label.MatchString(v) {
					t.Errorf("%s: label text %q", m.Name, v)
				}
			}
		}
	}
}

func TestCatalogIsTheCallersOwn(t *testing.T) {
	metrics.Catalog()[0].Labels[0].Values[0] = "spoilt"
	if metrics.Catalog()[0].Labels[0].Values[0] != "hit" || metrics.Hit.String() != "hit" {
		t.Error("a caller changed the catalogue")
	}
}

// Every series has labels that the catalogue knows, and no two have the same.
func TestSeriesKeepToTheCatalog(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{Gauges: everyGauge})
	busySecond(r, rand.New(rand.NewPCG(1, 2)))
	r.Compute(metrics.Computation{Price: 1})
	r.Record(metrics.Call{Price: 1, Cost: 1})
	r.AddInFlight(1)
	r.AddWaiters(1)
	place := map[string]int{}
	catalog := metrics.Catalog()
	for i, m := range catalog {
		place[m.Name] = i
	}
	seen := map[string]bool{}
	last := 0
	for s := range r.Snapshot().Series() {
		i := place[s.Metric.Name]
		if i < last {
			t.Errorf("%s isn't in the order of the catalogue", s.Metric.Name)
		}
		last = i
		id := fmt.Sprint(s.Metric.Name, s.Labels)
		if seen[id] {
			t.Errorf("%s is there twice", id)
		}
		seen[id], seen[s.Metric.Name] = true, true
		for _, l := range s.Labels {
			if !hasValue(catalog[i], l) {
				t.Errorf("%s has the label %v", s.Metric.Name, l)
			}
		}
	}
	for _, m := range catalog {
		if !seen[m.Name] && m.Name != "cachier_export_errors_total" && m.Name != "cachier_dropped_total" {
			t.Errorf("no series of %s", m.Name)
		}
	}
}

func hasValue(m metrics.Metric, l metrics.Label) bool {
	for _, def := range m.Labels {
		for _, v := range def.Values {
			if def.Name == l.Name && v == l.Value {
				return true
			}
		}
		if def.Name == l.Name && def.Values == nil {
			return true
		}
	}
	return false
}

func everyGauge(g *metrics.Gauges) {
	for i := range g.Tiers {
		g.Tiers[i] = metrics.TierGauges{Entries: 1, EntriesLimit: 2, Size: 3, SizeLimit: 4, SizeAge: time.Second}
	}
	g.CircuitRead, g.CircuitWrite = 0, 1
}

// A function that has only been hit exports at most 60 series: requests from 0
// on, what a hit measures, and its gauges.
func TestFunctionOnlyHitHasFewSeries(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{Hits: func() uint64 { return 5 }, Gauges: everyGauge})
	r.SampleHit(metrics.HitSample{Weight: 1, Duration: time.Microsecond, Age: time.Second, Cost: time.Second, Price: 1, Size: 100, KeyHash: 1})
	r.AddInFlight(1)
	n, requests := 0, 0
	for s := range r.Snapshot().Series() {
		n++
		if s.Metric.Name == "cachier_requests_total" {
			requests++
		}
	}
	if requests != 16 || n > 60 {
		t.Errorf("%d series, %d of requests", n, requests)
	}
	t.Logf("%d series", n)
}

func TestSeriesCanBeLeftEarly(t *testing.T) {
	r := newRecorder("f", metrics.RecorderOptions{Gauges: everyGauge})
	busySecond(r, rand.New(rand.NewPCG(1, 2)))
	r.AddInFlight(1)
	s := r.Snapshot()
	total := 0
	for range s.Series() {
		total++
	}
	for stop := range total {
		n := 0
		for range s.Series() {
			if n == stop {
				break
			}
			n++
		}
		if n != stop {
			t.Fatalf("left after %d, not %d", n, stop)
		}
	}
}
