package suite

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/metrics"
)

// The forms a scrape is asked for in, as Prometheus asks for them.
var accepts = []struct{ name, header string }{
	{"text", "text/plain;version=0.0.4"},
	{"protobuf", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"},
}

// The subjects and cases of samples of scrapes.
const (
	// AllFunctions is a service of many functions.
	AllFunctions = "all functions"
	// OnlyHit is a function that was only hit.
	OnlyHit = "one function, only hit"
)

// runScrape measures how long a scrape takes, what it sends, and what it does to hits.
func runScrape(o Options, t Task, emit func(Sample)) error {
	s, err := openService(o.Functions, instant)
	if err != nil {
		return err
	}
	defer s.close()
	for range 20 {
		s.hits(burstHits)
		s.everything()
	}
	handler := promexport.Handler(s.registry)
	for round := range o.Rounds {
		for _, a := range accepts {
			runtime.GC()
			begin := time.Now()
			body := scrape(handler, a.header)
			took := time.Since(begin)
			sample := Sample{Round: round, Case: a.name, Subject: AllFunctions, Goroutines: 1}
			sample.Unit, sample.Value = "ms", took.Seconds()*1e3
			emit(sample)
			sample.Unit, sample.Value = "MB", float64(len(body))/1e6
			emit(sample)
		}
	}
	if err := countSeries(emit); err != nil {
		return err
	}
	return slowdown(o, t, s, emit)
}

func scrape(h http.Handler, accept string) string {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}

// countSeries emits how many lines of figures a function sends that has only been hit.
func countSeries(emit func(Sample)) error {
	registry := metrics.NewRegistry()
	f, err := cachier.New("hit.only", instant, cachier.WithTTL(ttl), cachier.WithRegistry(registry))
	if err != nil {
		return err
	}
	ctx := context.Background()
	defer func() { _ = f.Close(ctx) }()
	if err := f.Put(ctx, 1, 1); err != nil {
		return err
	}
	for range 100_000 {
		if _, err := f.Call(ctx, 1); err != nil {
			return err
		}
	}
	lines := 0
	for line := range strings.Lines(scrape(promexport.Handler(registry), accepts[0].header)) {
		if !strings.HasPrefix(line, "#") && strings.Contains(line, "hit.only") {
			lines++
		}
	}
	emit(Sample{Case: OnlyHit, Subject: "text", Unit: "series", Value: float64(lines)})
	return nil
}
