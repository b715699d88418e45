package suite

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/export/promexport"
)

// What went on while hits were measured.
const (
	// Alone says that hits were measured with nothing beside them.
	Alone = "alone"
	// WhileScraped says that the registry of the function that was hit was scraped without pause.
	WhileScraped = "while its registry is scraped"
	// ScrapedEverySecond says that it was scraped once a second, fifteen times as often as Prometheus does unasked.
	ScrapedEverySecond = "while its registry is scraped every second"
	// WhileElseScraped says that it was another registry.
	WhileElseScraped = "while another registry is scraped"
)

// slowdown measures hits alone, with their registry scraped every second, with it scraped without pause, and with one
// scraped without pause that they have nothing to do with. The second against the first is what people will see; the
// third against the fourth is what reading counters does to those who write them; the fourth against the first is what
// any work on this machine's other processors does, collecting garbage most of all.
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
	do, end, err := scrapedHits(o, s)
	if err != nil {
		return err
	}
	defer end()
	ours, others := promexport.Handler(s.registry), promexport.Handler(other.registry)
	second := min(40*o.SampleTime, time.Second)
	states := []struct {
		name    string
		handler http.Handler
		pause   time.Duration
	}{
		{Alone, nil, 0}, {ScrapedEverySecond, ours, time.Second}, {WhileScraped, ours, 0}, {WhileElseScraped, others, 0},
	}
	rng := generator(o, t)
	for round := range o.Rounds {
		for position, i := range rng.Perm(len(states)) {
			runtime.GC()
			stop := scraping(states[i].handler, states[i].pause)
			emitSpeed(emit, Sample{
				Round: round, Position: position, Case: "int", Subject: states[i].name,
			}, 1, measure(do, 1, second))
			stop()
		}
	}
	return nil
}

// scrapedHits returns hits on one more function of the service.
func scrapedHits(o Options, s *service) (do operations, end func(), err error) {
	f, err := cachier.New("hit.scraped", instant,
		cachier.WithTTL(ttl), cachier.WithMaxEntries(o.Capacity), cachier.WithRegistry(s.registry))
	if err != nil {
		return nil, nil, err
	}
	ctx := context.Background()
	keys := load.Ints(o.Resident)
	for _, k := range keys {
		if err := f.Put(ctx, k, 1); err != nil {
			return nil, nil, err
		}
	}
	stream, at := load.Stream(o.Seed, keys, streamLength), 0
	do = func(_, n int) int {
		at = (at + n) % (streamLength - burst)
		for _, k := range stream[at : at+n] {
			_, _ = f.Call(ctx, k)
		}
		return n
	}
	return do, func() { _ = f.Close(ctx) }, nil
}

// scraping scrapes again and again, with that pause from the start of one to the start of the next, until the function
// it returns is called; nil scrapes nothing.
func scraping(h http.Handler, every time.Duration) (stop func()) {
	if h == nil {
		return func() {}
	}
	var (
		ended   = make(chan struct{})
		started = make(chan struct{})
		done    sync.WaitGroup
	)
	done.Go(func() {
		close(started)
		for next := time.Now(); ; {
			scrape(h, accepts[1].header)
			next = next.Add(every)
			select {
			case <-ended:
				return
			case <-time.After(time.Until(next)):
			}
		}
	})
	<-started
	return func() {
		close(ended)
		done.Wait()
	}
}
