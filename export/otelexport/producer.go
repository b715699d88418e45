package otelexport

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/metrics"
)

// A Producer hands the metrics of a source to a reader of OpenTelemetry's SDK, at every collection anew. Functions that join
// or leave the source later are seen. Make one with [NewProducer]; it is safe for concurrent use.
type Producer struct {
	source  metrics.Source
	options options
	labels  labels
}

var _ sdkmetric.Producer = (*Producer)(nil)

// NewProducer returns a producer of everything that source yields: a *metrics.Registry, such as metrics.Default(), or the
// Metrics() of one function. It goes to sdkmetric.WithProducer. A nil source turns collections into an error.
//
// Functions with the same name, backend and static labels are added up. A source that is a metrics.ExportAccounting or a
// metrics.StoreReadings is asked for that too.
func NewProducer(source metrics.Source, opts ...Option) *Producer {
	p := &Producer{source: source, labels: newLabels()}
	for _, option := range opts {
		option(&p.options)
	}
	return p
}

// scope is the name that everything is handed on under.
const scope = "github.com/cachier-go/cachier"

// Produce implements sdkmetric.Producer. What it returns is the caller's.
func (p *Producer) Produce(ctx context.Context) ([]metricdata.ScopeMetrics, error) {
	if err := p.check(ctx); err != nil {
		return nil, err
	}
	functions, err := p.functions(ctx)
	if err != nil {
		return nil, err
	}
	out := newCollection(p.options.keep)
	for _, f := range functions {
		for s := range f.snapshot.Series() {
			out.add(f, s)
		}
	}
	if source, ok := p.source.(metrics.ExportAccounting); ok {
		out.exports(source.ExportStats())
	}
	if source, ok := p.source.(metrics.StoreReadings); ok {
		out.readings(source.Readings(ctx))
	}
	all := out.metrics()
	if len(all) == 0 {
		return nil, nil
	}
	return []metricdata.ScopeMetrics{{
		Scope:   instrumentation.Scope{Name: scope, Version: out.version},
		Metrics: all,
	}}, nil
}

// check says what is wrong with a collection before it begins, if anything is.
func (p *Producer) check(ctx context.Context) error {
	recorder, ok := p.source.(*metrics.Recorder)
	switch {
	case p.source == nil:
		return errors.New("otelexport: the source is nil: give NewProducer a *metrics.Registry, such as metrics.Default(), " +
			"or the Metrics() of a function")
	case ok && recorder == nil:
		return fmt.Errorf("otelexport: %w", metrics.ErrNoRecorder)
	}
	return ctx.Err()
}
