package suite

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/benchmarks/load"
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
	// Alone says that hits were measured with nothing beside them.
	Alone = "alone"
	// WhileScraped says that the registry of the function that was hit was scraped without pause.
	WhileScraped = "while its registry is scraped"
	// WhileElseScraped says that it was another registry.
	WhileElseScraped = "while another registry is scraped"
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

// slowdown measures hits alone, while the registry they are counted in is scraped without pause, and while one that
// they have nothing to do with is: the second against the third is what reading the counters does to those who write
// them, the third against the first what this machine's other core does to this one.
func slowdown(o Options, t Task, s *service, emit func(Sample)) error {
	other, err := openService(o.Functions, instant)
	if err != nil {
		return err
	}
	defer other.close()
	for range 20 {
		other.hits(burstHits)
		other.everything()
	}
	f, err := cachier.New("hit.scraped", instant,
		cachier.WithTTL(ttl), cachier.WithMaxEntries(o.Capacity), cachier.WithRegistry(s.registry))
	if err != nil {
		return err
	}
	ctx := context.Background()
	defer func() { _ = f.Close(ctx) }()
	keys := load.Ints(o.Resident)
	for _, k := range keys {
		if err := f.Put(ctx, k, 1); err != nil {
			return err
		}
	}
	stream, at := load.Stream(o.Seed, keys, streamLength), 0
	do := func(_, n int) int {
		at = (at + n) % (streamLength - burst)
		for _, k := range stream[at : at+n] {
			_, _ = f.Call(ctx, k)
		}
		return n
	}
	states := []struct {
		name    string
		handler http.Handler
	}{{Alone, nil}, {WhileScraped, promexport.Handler(s.registry)}, {WhileElseScraped, promexport.Handler(other.registry)}}
	rng := generator(o, t)
	for round := range o.Rounds {
		for position, i := range rng.Perm(len(states)) {
			runtime.GC()
			stop := scraping(states[i].handler)
			emitSpeed(emit, Sample{
				Round: round, Position: position, Case: "int", Subject: states[i].name,
			}, 1, measure(do, 1, 4*o.SampleTime))
			stop()
		}
	}
	return nil
}

// scraping scrapes without pause until the function it returns is called; nil scrapes nothing.
func scraping(h http.Handler) (stop func()) {
	if h == nil {
		return func() {}
	}
	var (
		ended   atomic.Bool
		started = make(chan struct{})
		done    sync.WaitGroup
	)
	done.Go(func() {
		close(started)
		for !ended.Load() {
			scrape(h, accepts[1].header)
		}
	})
	<-started
	return func() {
		ended.Store(true)
		done.Wait()
	}
}
