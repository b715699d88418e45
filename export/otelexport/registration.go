package otelexport

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/cachier-go/cachier/metrics"
)

// A Registration is the instruments of one [Register]. It is safe for concurrent use.
type Registration struct {
	in       *input
	provider metric.MeterProvider
	meter    metric.Meter
	grow     sync.WaitGroup // the goroutine that makes instruments meanwhile

	mu      sync.Mutex // protects what follows; never held while the SDK is called, which holds its own lock while it collects
	known   map[string]bool
	growing bool
	ended   bool
	all     []metric.Registration
}

// Register gives a provider asynchronous instruments for the counters and gauges of everything that source yields, for programs
// whose readers somebody else makes, so that they can't have a [Producer]: agents, distributions, automatic configuration.
// Names, units and attributes are the same. Histograms are left out: the API has no asynchronous ones. To have them too, give a
// reader a Producer [WithSelect] of histograms; do not give it one of everything, or the rest comes twice.
//
// It takes the options of a Producer but WithTemporality: sums have the temporality of the reader, and count from
// when they were registered, with what was counted before. The SDK's limit holds: of more than 2,000 sets of attributes of one
// instrument, which 125 functions have, it adds the rest up without any; sdkmetric.WithCardinalityLimit raises it, and
// [WithoutZeros] needs less of it.
//
// A nil provider is the global one, also if that is set later. A nil source, or a wrong option, is an error that names it.
// So is a second Register of the same provider and source until the first is undone by [Registration.Unregister]: the SDK adds
// up what several callbacks tell of one instrument. It does so too if two sources have a function of the same name, backend
// and static labels: counters are of both, a gauge is that of the source registered last, where one source, such as
// metrics.Join of the two, has the sum. What Join, Filter and functions return is never the same as another.
//
// What stores tell of themselves is there from the collection after the one that first saw it.
//
// While the source can't be read, a metrics.FallibleSource, counters stay where they were, gauges are left out, and otel.Handle
// is told why. The program's other metrics are not affected.
func Register(provider metric.MeterProvider, source metrics.Source, opts ...Option) (*Registration, error) {
	in, err := newInput("Register", source, opts)
	if err != nil {
		return nil, err
	}
	if in.options.chosen {
		return nil, errors.New("otelexport: Register can't have WithTemporality: the reader's own counts")
	}
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	r := &Registration{
		in: in, provider: provider, known: map[string]bool{},
		meter: provider.Meter(scope, metric.WithInstrumentationVersion(metrics.Version())),
	}
	if err := r.enter(); err != nil {
		return nil, err
	}
	var all []metrics.Metric
	for _, m := range metrics.Catalog() {
		if m.Kind != metrics.KindHistogram {
			all = append(all, m)
		}
	}
	if err := r.add(all, true); err != nil {
		r.leave()
		return nil, err
	}
	return r, nil
}

// Unregister takes the instruments away: the next collection has nothing of the source, which may be registered again. It must not be called from
// within a collection. A second call does nothing.
func (r *Registration) Unregister() error {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.grow.Wait()
	r.mu.Lock()
	all := r.all
	r.all = nil
	r.mu.Unlock()
	var errs []error
	for _, one := range all {
		errs = append(errs, one.Unregister())
	}
	r.leave()
	return errors.Join(errs...)
}

// add makes instruments and has them observed; those of the catalogue from
// everything, others from what belongs to no function.
func (r *Registration) add(all []metrics.Metric, catalog bool) error {
	r.mu.Lock()
	for _, m := range all {
		r.known[m.OTel] = true // before they are collected for the first time
	}
	r.mu.Unlock()
	batch := instruments{}
	var observed []metric.Observable
	for i := range all {
		one, err := newInstrument(r.meter, &all[i], catalog && whole(&all[i]))
		if err != nil {
			return err
		}
		batch[all[i].OTel] = one
		observed = append(observed, one.observable())
	}
	before := &counters{}
	registered, err := r.meter.RegisterCallback(func(ctx context.Context, to metric.Observer) error {
		out, err := r.read(ctx, catalog, before)
		batch.observe(to, out)
		return err
	}, observed...)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, registered)
	return nil
}

// keep is what an instrument can be of.
func (r *Registration) keep(cache string, m *metrics.Metric) bool {
	return m.Kind != metrics.KindHistogram && (r.in.options.keep == nil || r.in.options.keep(cache, m))
}

// discover has instruments made for what stores tell that has none yet. The SDK
// makes none while it collects, so a goroutine waits for that; it ends with that,
// or, at Unregister, before.
func (r *Registration) discover(out *collection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var missing []metrics.Metric
	for _, name := range out.names {
		if !r.known[name] {
			missing = append(missing, out.rows[name].metric)
		}
	}
	if len(missing) == 0 || r.growing || r.ended {
		return
	}
	r.growing = true
	r.grow.Go(func() {
		if err := r.add(missing, false); err != nil {
			otel.Handle(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.growing = false
	})
}
