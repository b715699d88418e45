package integration_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// A real Prometheus scrapes what one instance counts and what the fleet does, from one port. Neither is added to the other;
// an instance that ends and starts again is counted once, and no counter of the fleet ever falls.
func TestPrometheusScrapesAFleet(t *testing.T) {
	store := membackend.New()
	// program counts so many events, and ends.
	program := func(instance string, seed uint64, events int) *metrics.Registry {
		registry := metrics.NewRegistry()
		r, err := metrics.NewRecorder("f", metrics.RecorderOptions{})
		if err == nil {
			err = registry.Register(r)
		}
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(seed, 0))
		for range events {
			event(r, rng)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := fleet.Publish(ctx, store, registry, &fleet.Options{Instance: instance}); err != nil {
			t.Fatal(err)
		}
		return registry
	}
	first := program("one", 1, 2000)
	here := program("two", 2, 1000)
	view, err := fleet.NewView(store, "")
	if err != nil {
		t.Fatal(err)
	}
	registry := prom.NewRegistry()
	registry.MustRegister(promexport.NewCollector(here), promexport.NewCollector(view, promexport.WithPrefix("cachier_fleet_")))
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	defer server.Close()
	p := startPrometheus(t, strings.TrimPrefix(server.URL, "http://"))
	p.scrapedSince(t, time.Now())
	again := program("one", 3, 500)
	p.scrapedSince(t, time.Now())

	for name, source := range map[string]metrics.Source{"cachier": here, "cachier_fleet": view} {
		want := metrics.Sum(source.Snapshots())
		if n := p.one(t, fmt.Sprintf("sum(%s_requests_total)", name)); n != float64(want.Calls()) {
			t.Errorf("%s: Prometheus knows of %v calls, want %d", name, n, want.Calls())
		}
		hits := p.one(t, fmt.Sprintf(`histogram_count(%s_request_duration_seconds{outcome="hit"})`, name))
		if n := want.Latency(metrics.Hit).Count(); hits != float64(n) {
			t.Errorf("%s: Prometheus knows the times of %v hits, want %d", name, hits, n)
		}
		if n := p.one(t, fmt.Sprintf("sum(resets(%s_requests_total[1m]))", name)); n != 0 {
			t.Errorf("%s: counters fell %v times", name, n)
		}
	}
	all, want := metrics.Sum(view.Snapshots()), metrics.Sum(metrics.Join(first, here, again).Snapshots())
	if all.Calls() != want.Calls() {
		t.Errorf("the fleet has %d calls, want %d", all.Calls(), want.Calls())
	}
}
