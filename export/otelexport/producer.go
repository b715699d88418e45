package otelexport

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier/metrics"
)

// A Producer hands the metrics of a source to a reader of OpenTelemetry's SDK, at every collection anew. Functions that join
// or leave the source later are seen. Make one with [NewProducer]; it is safe for concurrent use.
type Producer struct {
	in    *input
	wrong error // what is wrong with in

	mu     sync.Mutex     // protects what follows; with deltas it is held while collecting
	cursor *cursor        // nil: nothing is a delta
	sizes  map[string]int // how many points each metric had, so that the next collection makes room once
}

var _ sdkmetric.Producer = (*Producer)(nil)

// NewProducer returns a producer of everything that source yields: a *metrics.Registry, such as metrics.Default(), or the
// Metrics() of one function. It goes to sdkmetric.WithProducer.
//
// A nil source, or a wrong option, is an error that names it and goes to otel.Handle, now and at each collection, and so does
// what keeps a source from being read, a metrics.FallibleSource. A collection then has nothing of this producer and no error:
// for one, the SDK's periodic reader throws away all that it has collected, the program's own metrics with it.
//
// Functions with the same name, backend and static labels are added up. A source that is a metrics.ExportAccounting or a
// metrics.StoreReadings is asked for that too.
func NewProducer(source metrics.Source, opts ...Option) *Producer {
	p := &Producer{}
	p.in, p.wrong = newInput("NewProducer", source, opts)
	if p.wrong != nil {
		otel.Handle(p.wrong)
	} else if p.in.options.temporality != cumulative {
		p.cursor = newCursor()
	}
	return p
}

// scope is the name that everything is handed on under.
const scope = "github.com/cachier-go/cachier"

// Produce implements sdkmetric.Producer. What it returns is the caller's. It fails only if ctx is done. A source that can fail
// may take half of the time that ctx has left.
func (p *Producer) Produce(ctx context.Context) ([]metricdata.ScopeMetrics, error) {
	if p.wrong != nil {
		otel.Handle(p.wrong)
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := newCollection(&p.in.options)
	if p.cursor == nil {
		functions, err := p.in.functions(ctx)
		if err != nil {
			return nil, unread(ctx, err)
		}
		out.sizes = p.expected()
		p.in.collect(ctx, functions, out)
	} else if err := p.deltas(ctx, out); err != nil {
		return nil, unread(ctx, err)
	}
	p.expect(out)
	all := out.metrics()
	if len(all) == 0 {
		return nil, nil
	}
	return []metricdata.ScopeMetrics{{
		Scope:   instrumentation.Scope{Name: scope, Version: metrics.Version()},
		Metrics: all,
	}}, nil
}

// deltas collects what came since the last collection. One that fails leaves it
// to the next.
func (p *Producer) deltas(ctx context.Context, out *collection) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	functions, err := p.in.functions(ctx)
	if err != nil {
		return err
	}
	p.cursor.begin(functions)
	out.cursor, out.sizes = p.cursor, p.sizes
	p.in.collect(ctx, functions, out)
	p.cursor.at = out.now
	return nil
}

func (p *Producer) expected() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sizes
}

// expect has the next collection make as much room as this one needed.
func (p *Producer) expect(out *collection) {
	sizes := make(map[string]int, len(out.rows))
	for name, r := range out.rows {
		sizes[name] = r.points()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sizes = sizes
}
