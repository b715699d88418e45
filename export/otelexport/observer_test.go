package otelexport_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// tracing is a provider whose spans stay in memory.
type tracing struct {
	*tracetest.InMemoryExporter
	provider *sdktrace.TracerProvider
}

func newTracing(t testing.TB, opts ...sdktrace.TracerProviderOption) tracing {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(append(opts, sdktrace.WithSyncer(spans))...)
	t.Cleanup(func() {
		if err := provider.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return tracing{spans, provider}
}

// lines describes the spans that ended, each with its parent, and forgets them.
func (tr tracing) lines() []string {
	spans := tr.GetSpans()
	tr.Reset()
	names := map[trace.SpanID]string{}
	for _, s := range spans {
		names[s.SpanContext.SpanID()] = s.Name
	}
	var all []string
	for _, s := range spans {
		line := s.Name
		if s.Parent.IsValid() {
			line += " in " + names[s.Parent.SpanID()]
		}
		for _, a := range s.Attributes {
			line += fmt.Sprintf(" %s=%s", a.Key, a.Value.AsString())
		}
		if s.Status.Code != codes.Unset {
			line += fmt.Sprintf(" %v: %s", s.Status.Code, s.Status.Description)
		}
		if len(s.Events) > 0 && s.Name != "query" { // which is not ours, and tells of its panic
			line += fmt.Sprint(s.Events)
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

func (tr tracing) expect(t *testing.T, want ...string) {
	t.Helper()
	got := tr.lines()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("spans:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A computation and what is asked of the store are children of the caller's
// span; what the function does in its context is a child of the computation.
func TestSpansOfCalls(t *testing.T) {
	tr := newTracing(t)
	tracer := tr.provider.Tracer("test")
	fn := func(ctx context.Context, key string) (string, error) {
		_, span := tracer.Start(ctx, "query")
		defer span.End()
		switch key {
		case "secret-error":
			return "", errors.New("nothing for secret-error")
		case "secret-panic":
			panic("nothing for secret-panic")
		}
		return "value", nil
	}
	call := func(t *testing.T, f *cachier.Func[string, string], key string, opts ...cachier.CallOption) {
		t.Helper()
		ctx, span := tracer.Start(t.Context(), "caller")
		defer span.End()
		defer func() { _ = recover() }() // of the panic that is asked for
		if _, err := f.Call(ctx, key, opts...); err != nil && key == "secret" {
			t.Error(err)
		}
	}
	quiet := cachier.WithLogger(slog.New(slog.DiscardHandler)) // of the panic
	observed := cachier.WithObserver(otelexport.NewObserver(tr.provider))
	const compute = "compute miss in caller cache=f backend=memory trigger=miss outcome=miss"

	f := cachier.Must(cachier.New("f", fn, observed, quiet, cachier.WithRegistry(metrics.NewRegistry())))
	defer f.Close(t.Context())
	call(t, f, "secret")
	tr.expect(t, "caller", compute+" result=ok", "query in compute miss")
	call(t, f, "secret")
	tr.expect(t, "caller") // a hit in memory
	call(t, f, "secret-error")
	tr.expect(t, "caller", compute+" result=error error.type=error Error: error", "query in compute miss")
	call(t, f, "secret-panic")
	tr.expect(t, "caller", compute+" result=panic error.type=panic Error: panic", "query in compute miss")
	call(t, f, "secret", cachier.SkipCache())
	tr.expect(t, "caller", "compute bypass in caller cache=f backend=memory trigger=bypass outcome=bypass result=ok", "query in compute bypass")

	store := membackend.New()
	g := cachier.Must(cachier.New("g", fn, observed, cachier.WithBackend(store), cachier.WithRegistry(metrics.NewRegistry())))
	defer g.Close(t.Context())
	call(t, g, "secret")
	got := tr.lines()
	for _, want := range []string{
		"backend get in caller cache=g backend=memory operation=get result=not_found",
		"compute miss in caller cache=g backend=memory trigger=miss outcome=miss result=ok",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if text := strings.Join(got, "\n"); strings.Contains(text, "secret") {
		t.Errorf("a key:\n%s", text)
	}
	call(t, g, "secret")
	tr.expect(t, "caller", "backend get in caller cache=g backend=memory operation=get result=ok")
}

// A refresh behind belongs to the trace of the call that began it, which is over
// by then.
func TestSpanOfRefreshBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTracing(t)
		f := cachier.Must(cachier.New("f", func(context.Context, int) (int, error) {
			time.Sleep(time.Second)
			return 1, nil
		}, cachier.WithObserver(otelexport.NewObserver(tr.provider)), cachier.WithRegistry(metrics.NewRegistry()),
			cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour)))
		defer f.Close(t.Context())
		call := func(caller string) {
			ctx, span := tr.provider.Tracer("test").Start(t.Context(), caller)
			defer span.End()
			if _, err := f.Call(ctx, 1); err != nil {
				t.Error(err)
			}
		}
		call("first")
		time.Sleep(2 * time.Minute)
		call("second")
		tr.expect(t, "first", "compute miss in first cache=f backend=memory trigger=miss outcome=miss result=ok", "second")
		call("third") // joins nothing: one refresh is under way
		time.Sleep(2 * time.Second)
		spans := tr.GetSpans()
		tr.expect(t, "third", "compute revalidate in  cache=f backend=memory trigger=revalidate outcome=stale result=ok")
		if len(spans) == 2 && spans[0].SpanContext.TraceID() == spans[1].SpanContext.TraceID() {
			t.Error("it belongs to a caller that did not begin it")
		}
	})
}

// Of every operation, the attributes and the end; of the calls that begin
// computations, the outcome.
func TestSpanOfEachOperation(t *testing.T) {
	tr := newTracing(t)
	o := otelexport.NewObserver(tr.provider)
	for _, test := range []struct {
		op   metrics.Op
		res  metrics.Result
		want string
	}{
		{metrics.Op{Trigger: metrics.TriggerRevalidate}, metrics.ResultOK, "compute revalidate cache=f backend=sql trigger=revalidate outcome=stale result=ok"},
		{metrics.Op{Trigger: metrics.TriggerAhead}, metrics.ResultOK, "compute ahead cache=f backend=sql trigger=ahead outcome=hit result=ok"},
		{metrics.Op{Trigger: metrics.TriggerRefresh}, metrics.ResultOK, "compute refresh cache=f backend=sql trigger=refresh outcome=bypass result=ok"},
		{metrics.Op{Kind: metrics.OpWait, Scope: metrics.ScopeDistributed}, metrics.ResultCanceled, "wait distributed cache=f backend=sql scope=distributed result=canceled"},
		{metrics.Op{Kind: metrics.OpOperation, Operation: metrics.OperationClear}, metrics.ResultOK, "operation clear cache=f backend=sql operation=clear result=ok"},
		{metrics.Op{Kind: metrics.OpBackend, BackendOperation: metrics.BackendSet}, metrics.ResultTimeout, "backend set cache=f backend=sql operation=set result=timeout error.type=timeout Error: timeout"},
	} {
		test.op.Cache, test.op.Backend = "f", "sql"
		_, end := o.Start(t.Context(), test.op)
		end(test.res)
		tr.expect(t, test.want)
	}
}

// A caller who joins another's computation has a span of the wait, in its own
// trace; one of the computation has its starter alone.
func TestSpanOfWait(t *testing.T) {
	tr := newTracing(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	f := cachier.Must(cachier.New("f", func(context.Context, int) (int, error) {
		close(begun)
		<-goOn
		return 1, nil
	}, cachier.WithObserver(otelexport.NewObserver(tr.provider)), cachier.WithRegistry(metrics.NewRegistry())))
	defer f.Close(t.Context())
	var calls sync.WaitGroup
	call := func(caller string) {
		calls.Go(func() {
			ctx, span := tr.provider.Tracer("test").Start(t.Context(), caller)
			defer span.End()
			if _, err := f.Call(ctx, 1); err != nil {
				t.Error(err)
			}
		})
	}
	call("starter")
	<-begun
	call("waiter")
	for f.Metrics().Snapshot().Waiters() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	calls.Wait()
	tr.expect(t, "starter", "waiter",
		"compute miss in starter cache=f backend=memory trigger=miss outcome=miss result=ok",
		"wait process in waiter cache=f backend=memory scope=process result=ok")
}

// Where the sampler leaves a trace out, no span is told of, but what is called
// from the operation still knows the trace.
func TestSampledOut(t *testing.T) {
	tr := newTracing(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	o := otelexport.NewObserver(tr.provider)
	op := metrics.Op{Cache: "f", Backend: "redis", Kind: metrics.OpBackend, BackendOperation: metrics.BackendGet}
	ctx, end := o.Start(t.Context(), op)
	if end != nil || trace.SpanFromContext(ctx).IsRecording() {
		t.Error("it records")
	}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		t.Error("the trace ends here")
	}
	if spans := tr.lines(); len(spans) > 0 {
		t.Errorf("%q", spans)
	}
}

// Without a provider the global one serves, which nobody has set here.
func TestGlobalProvider(t *testing.T) {
	_, end := otelexport.NewObserver(nil).Start(t.Context(), metrics.Op{Cache: "f"})
	if end != nil {
		t.Error("it records without a provider")
	}
}

func TestObserverIsSafeForConcurrentUse(t *testing.T) {
	tr := newTracing(t)
	o := otelexport.NewObserver(tr.provider)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				_, end := o.Start(t.Context(), metrics.Op{Cache: fmt.Sprint(i), Kind: metrics.OpBackend})
				end(metrics.ResultOK)
			}
		})
	}
	all.Wait()
	if n := len(tr.GetSpans()); n != 800 {
		t.Errorf("%d spans", n)
	}
}

// What a span costs: of a computation of nothing, without an observer, with one
// whose trace is left out, and with one that is kept.
func BenchmarkObserver(b *testing.B) {
	exporter := sdktrace.WithSpanProcessor(sdktrace.NewBatchSpanProcessor(tracetest.NewNoopExporter()))
	for name, opts := range map[string][]cachier.Option{
		"none": nil,
		"left out": {cachier.WithObserver(otelexport.NewObserver(
			sdktrace.NewTracerProvider(exporter, sdktrace.WithSampler(sdktrace.NeverSample()))))},
		"kept": {cachier.WithObserver(otelexport.NewObserver(sdktrace.NewTracerProvider(exporter)))},
	} {
		b.Run(name, func(b *testing.B) {
			f := cachier.Must(cachier.New("f", func(_ context.Context, n int) (int, error) { return n, nil },
				append(opts, cachier.WithRegistry(metrics.NewRegistry()))...))
			defer f.Close(b.Context())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Call(b.Context(), 1, cachier.SkipCache()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
