package otelexport

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/cachier-go/cachier/metrics"
)

// An Observer opens a span for each computation of a cached function, for each request to its store, and for each wait for
// another's computation or for a turn. It is a child of the span in the caller's context, and what the function and the
// store's client do with theirs become its children. A hit in memory opens none.
//
// Spans are called "compute miss", "backend get", "wait process" and so on, by [metrics.Op]. Their attributes are those of
// metrics: cache and backend; of a computation its trigger and the outcome of the call that began it, as that was known
// then; of a request its operation; of a wait its scope; and in the end the result. There is never a key in them, nor the
// text of an error, which may have one in it: a span that failed has the status Error with the result, also as error.type.
//
// Make one with [NewObserver]; it is safe for concurrent use.
type Observer struct {
	tracer trace.Tracer

	mu     sync.RWMutex // protects starts
	starts map[metrics.Op]spanStart
}

// spanStart is what spans of one operation begin with. It is made once: most
// spans are made for nothing, since samplers leave most traces out.
type spanStart struct {
	name    string
	options []trace.SpanStartOption
}

var _ metrics.Observer = (*Observer)(nil)

// NewObserver returns an Observer whose spans go to a provider, such as that of OpenTelemetry's SDK; to the global one,
// also if that is set later, when provider is nil. It goes to cachier.WithObserver, and may serve any number of functions.
func NewObserver(provider trace.TracerProvider) *Observer {
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	return &Observer{
		tracer: provider.Tracer(scope, trace.WithInstrumentationVersion(metrics.Version())),
		starts: map[metrics.Op]spanStart{},
	}
}

// Start implements metrics.Observer.
func (o *Observer) Start(ctx context.Context, op metrics.Op) (context.Context, func(metrics.Result)) {
	with := o.start(op)
	ctx, span := o.tracer.Start(ctx, with.name, with.options...)
	if !span.IsRecording() {
		return ctx, nil
	}
	return ctx, func(res metrics.Result) {
		span.SetAttributes(attribute.String("result", res.String()))
		if failed(res) {
			span.SetStatus(codes.Error, res.String())
			span.SetAttributes(attribute.String("error.type", res.String()))
		}
		span.End()
	}
}

// failed reports whether a result is one that somebody should look into. What a
// caller canceled, or what wasn't there, isn't.
func failed(res metrics.Result) bool {
	return res == metrics.ResultError || res == metrics.ResultTimeout || res == metrics.ResultPanic
}

// start returns what a span of op begins with. There are few operations: a
// handful for each function.
func (o *Observer) start(op metrics.Op) spanStart {
	o.mu.RLock()
	with, ok := o.starts[op]
	o.mu.RUnlock()
	if ok {
		return with
	}
	with = spanStart{op.String(), []trace.SpanStartOption{trace.WithAttributes(spanAttributes(op)...)}}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.starts[op] = with
	return with
}

// spanAttributes are what is known of an operation when it begins.
func spanAttributes(op metrics.Op) []attribute.KeyValue {
	all := []attribute.KeyValue{text("cache", op.Cache), text("backend", op.Backend)}
	switch op.Kind {
	case metrics.OpCompute:
		all = append(all, text("trigger", op.Trigger.String()), text("outcome", outcome(op.Trigger).String()))
	case metrics.OpWait:
		all = append(all, text("scope", op.Scope.String()))
	case metrics.OpOperation:
		all = append(all, text("operation", op.Operation.String()))
	case metrics.OpBackend:
		all = append(all, text("operation", op.BackendOperation.String()))
	}
	return all
}

// outcome is that of a call that begins a computation, unless the function
// fails and an old value stands in.
func outcome(t metrics.Trigger) metrics.Outcome {
	switch t {
	case metrics.TriggerRevalidate:
		return metrics.Stale
	case metrics.TriggerAhead:
		return metrics.Hit
	case metrics.TriggerRefresh, metrics.TriggerBypass:
		return metrics.Bypass
	default:
		return metrics.Miss
	}
}
