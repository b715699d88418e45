package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// function is one cached function of the service, as the rest of it needs it.
type function struct {
	about    string // what it does
	setup    string // how it is cached
	place    place  // where
	load     load
	recorder *metrics.Recorder
	close    func(context.Context) error
}

// cached wraps fn, and calls it with the argument that arg makes of a key's
// number.
func cached[K, V any](
	r *metrics.Registry, name string, fn func(context.Context, K) (V, error), arg func(int) K,
	f function, opts ...cachier.Option,
) (function, *cachier.Func[K, V], error) {
	// The page counts what fails, which here is meant to; a log would only
	// break the live line.
	c, err := cachier.New(name, fn, append(opts, cachier.WithRegistry(r), cachier.WithLogger(slog.New(slog.DiscardHandler)))...)
	if err != nil {
		return function{}, nil, err
	}
	f.recorder, f.close = c.Metrics(), c.Close
	// Errors are part of the show, and counted.
	f.load.call = func(ctx context.Context, key int) { _, _ = c.Call(ctx, arg(key)) }
	return f, c, nil
}

// functions makes the service's functions over its sources.
func (s *service) functions(ctx context.Context) (err error) {
	add := func(f function, e error) {
		if err == nil {
			err = e
		}
		if e == nil {
			s.list = append(s.list, f)
		}
	}

	at := s.places
	about := "Mandelbrot tiles, slow to draw"
	for _, p := range at.tiles {
		f, _, e := cached(s.registry, "fractal.tile", drawTile, tileAt, function{
			about: about,
			setup: p.otherwise("300 of 1,024 kept", "all kept"),
			place: p,
			load:  load{keys: 1 << (2 * tileZoom), skew: 1.3, rate: 90, callers: 3, drift: 400 * time.Millisecond, wave: 50 * time.Second},
		}, append(p.options(cachier.WithMaxEntries(300)),
			// Functions of one name are added up unless a label tells them apart.
			cachier.WithLabels(map[string]string{"kept_in": p.String()}))...)
		add(f, e)
		about = "the same, kept elsewhere"
	}

	f, _, e := cached(s.registry, "shop.bestsellers", s.shop.bestsellers, salesAt, function{
		about: "a join over three tables",
		setup: "fresh for 10 s",
		place: at.file,
		load:  load{keys: shopCategories * shopMonths, skew: 1.4, rate: 250, callers: 4, drift: 3 * time.Second, wave: 35 * time.Second},
	}, append(at.file.options(), cachier.WithTTL(10*time.Second))...)
	add(f, e)

	f, render, e := cached(s.registry, "notes.render", s.notes.render, s.notes.name, function{
		about: "notes rendered, until edited",
		setup: at.memory.otherwise("1 MiB kept, about half; none over 11 kB", "all kept"),
		place: at.memory,
		load:  load{keys: s.notes.count, skew: 1.2, rate: 200, callers: 3, drift: 2 * time.Second, wave: 40 * time.Second},
	}, at.memory.options(cachier.WithMaxWeight(1<<20), cachier.WithSizer(weigh), cachier.WithEntrySizeLimit(11_000))...)
	add(f, e)

	f, _, e = cached(s.registry, "rates.fetch", s.upstream.fetchRate, currencyAt, function{
		about: "asks a service, at times down",
		setup: "fresh 3 s, 1 min after errors",
		place: at.sqlite,
		load:  load{keys: len(currencies), skew: 1.5, rate: 120, callers: 8, wave: 30 * time.Second},
	}, append(at.sqlite.options(), cachier.WithTTL(3*time.Second), cachier.WithStaleIfError(time.Minute),
		cachier.WithCost(func(string, rate) float64 { return ratePrice }))...)
	add(f, e)

	f, _, e = cached(s.registry, "weather.forecast", s.upstream.fetchWeather, cityAt, function{
		about: "asks a slow service",
		setup: "fresh 2 s, then stale 20 s",
		place: at.memory,
		load:  load{keys: 60, skew: 1.3, rate: 150, callers: 6, drift: 4 * time.Second, wave: 45 * time.Second},
	}, append(at.memory.options(), cachier.WithTTL(2*time.Second), cachier.WithStaleWhileRevalidate(20*time.Second))...)
	add(f, e)

	if err != nil {
		return err
	}
	s.edit = func(ctx context.Context) { s.editNotes(ctx, render.Delete) }
	if at.memory.store == nil {
		return nil
	}
	// The notes were written anew: what the store has of an earlier run is old.
	return render.Clear(ctx)
}

// editNotes rewrites a note now and then, and has its old rendering forgotten.
func (s *service) editNotes(ctx context.Context, forget func(context.Context, string) error) {
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	ticker := time.NewTicker(700 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		note := random.IntN(s.notes.count)
		if s.notes.write(note, random) == nil {
			// Where a store fails, the cache reads nothing old from it.
			_ = forget(ctx, s.notes.name(note))
		}
	}
}

// ratePrice is what the service takes for a rate, in dollars.
const ratePrice = 0.002

var currencies = []string{
	"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR",
	"ILS", "INR", "JPY", "KRW", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "THB", "ZAR",
}

func currencyAt(i int) string { return currencies[i%len(currencies)] }
func cityAt(i int) string     { return fmt.Sprintf("city-%02d", i) }
