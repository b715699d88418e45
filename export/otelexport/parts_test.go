package otelexport_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/cachier-go/cachier/export/otelexport"
)

// sender is an exporter that keeps what it is given, but for the parts that it
// is told to refuse.
type sender struct {
	sdkmetric.Exporter
	refuse func(part int) error
	parts  []*metricdata.ResourceMetrics
}

func (s *sender) Export(_ context.Context, all *metricdata.ResourceMetrics) error {
	s.parts = append(s.parts, all)
	if s.refuse == nil {
		return nil
	}
	return s.refuse(len(s.parts))
}

// flat is one data point, with all that it is part of.
type flat struct {
	resource *resource.Resource
	scope    instrumentation.Scope
	metric   metricdata.Metrics // without points
	point    any
}

// flatten returns the points of a collection in order.
func flatten(all *metricdata.ResourceMetrics) (points []flat) {
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Data == nil { // what isn't known to have points
				points = append(points, flat{all.Resource, scope.Scope, m, nil})
				continue
			}
			data := reflect.ValueOf(m.Data).FieldByName("DataPoints")
			frame := reflect.New(reflect.TypeOf(m.Data)).Elem()
			frame.Set(reflect.ValueOf(m.Data))
			frame.FieldByName("DataPoints").SetZero()
			m.Data = frame.Interface().(metricdata.Aggregation)
			for i := range data.Len() {
				points = append(points, flat{all.Resource, scope.Scope, m, data.Index(i).Interface()})
			}
		}
	}
	return points
}

// series returns so many points, of which no two are the same.
func series[P any](n int, of func(value int) P) []P {
	all := make([]P, n)
	for i := range all {
		all[i] = of(i)
	}
	return all
}

func number[N int64 | float64](value int) metricdata.DataPoint[N] {
	return metricdata.DataPoint[N]{Value: N(value), Attributes: attribute.NewSet(attribute.String("cache", "f"))}
}

func classic[N int64 | float64](value int) metricdata.HistogramDataPoint[N] {
	return metricdata.HistogramDataPoint[N]{Sum: N(value), Bounds: []float64{1}, BucketCounts: []uint64{uint64(value), 1}}
}

func exponential[N int64 | float64](value int) metricdata.ExponentialHistogramDataPoint[N] {
	return metricdata.ExponentialHistogramDataPoint[N]{Sum: N(value), Scale: 3}
}

// collectionOf has every kind of metric with so many points each, in scopes of
// which one comes twice.
func collectionOf(n int) *metricdata.ResourceMetrics {
	metric := func(name string, data metricdata.Aggregation) metricdata.Metrics {
		return metricdata.Metrics{Name: name, Unit: "s", Description: "what " + name + " is", Data: data}
	}
	const cumulative, delta = metricdata.CumulativeTemporality, metricdata.DeltaTemporality
	scope := func(name string, all ...metricdata.Metrics) metricdata.ScopeMetrics {
		return metricdata.ScopeMetrics{Scope: instrumentation.Scope{Name: name, Version: "1"}, Metrics: all}
	}
	return &metricdata.ResourceMetrics{
		Resource: resource.NewSchemaless(attribute.String("service.name", "shop")),
		ScopeMetrics: []metricdata.ScopeMetrics{
			scope("ours",
				metric("gauge.int", metricdata.Gauge[int64]{DataPoints: series(n, number[int64])}),
				metric("gauge.float", metricdata.Gauge[float64]{DataPoints: series(n, number[float64])}),
				metric("sum.int", metricdata.Sum[int64]{DataPoints: series(n, number[int64]), Temporality: cumulative, IsMonotonic: true})),
			scope("empty"),
			scope("theirs",
				metric("sum.float", metricdata.Sum[float64]{DataPoints: series(n, number[float64]), Temporality: delta}),
				metric("none", metricdata.Gauge[int64]{}),
				metric("classic.int", metricdata.Histogram[int64]{DataPoints: series(n, classic[int64]), Temporality: delta}),
				metric("classic.float", metricdata.Histogram[float64]{DataPoints: series(n, classic[float64]), Temporality: cumulative})),
			scope("ours",
				metric("exponential.int", metricdata.ExponentialHistogram[int64]{DataPoints: series(n, exponential[int64]), Temporality: delta}),
				metric("exponential.float", metricdata.ExponentialHistogram[float64]{DataPoints: series(n, exponential[float64]), Temporality: cumulative}),
				metric("summary", metricdata.Summary{DataPoints: series(n, func(value int) metricdata.SummaryDataPoint {
					return metricdata.SummaryDataPoint{Count: uint64(value)}
				})}),
				metric("unknown", nil)),
		},
	}
}

// The parts are all that was collected, in order, each as large as it may be.
func TestInParts(t *testing.T) {
	for _, n := range []int{223, 1000, 1001, 2000, 2001} {
		all := collectionOf(n)
		want := flatten(all)
		to := &sender{}
		if err := otelexport.InParts(to).Export(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		var got []flat
		for i, part := range to.parts {
			points := flatten(part)
			if last := i == len(to.parts)-1; len(points) > 2000 || len(points) < 2000 && !last {
				t.Errorf("%d points of each: part %d of %d has %d", n, i+1, len(to.parts), len(points))
			}
			for _, scope := range part.ScopeMetrics {
				if len(scope.Metrics) == 0 {
					t.Errorf("%d points of each: part %d has nothing of %s", n, i+1, scope.Scope.Name)
				}
			}
			got = append(got, points...)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d points of each: %d of %d, or not the same", n, len(got), len(want))
		}
		if !reflect.DeepEqual(all, collectionOf(n)) {
			t.Errorf("%d points of each: the collection was changed", n)
		}
	}
}

// What is no larger than a part is sent as it is.
func TestInOnePart(t *testing.T) {
	for _, n := range []int{0, 1, 222} { // 9 x 222 + 1 = 1,999
		all, to := collectionOf(n), &sender{}
		if err := otelexport.InParts(to).Export(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		if len(to.parts) != 1 || to.parts[0] != all {
			t.Errorf("%d points of each went in %d parts", n, len(to.parts))
		}
	}
	refused := errors.New("refused")
	err := otelexport.InParts(&sender{refuse: func(int) error { return refused }}).Export(t.Context(), collectionOf(1))
	if err != refused {
		t.Errorf("the error is %v", err)
	}
}

// A part that is refused is named, and the next ones are sent.
func TestPartsThatFail(t *testing.T) {
	refused, away := errors.New("refused"), errors.New("away")
	all := collectionOf(1000) // 9,001 points: 5 parts
	to := &sender{refuse: func(part int) error { return []error{nil, refused, refused, away, nil}[part-1] }}
	err := otelexport.InParts(to).Export(t.Context(), all)
	if !errors.Is(err, refused) || !errors.Is(err, away) || err.Error() != "otelexport: 3 of 5 parts were not sent: refused\naway" {
		t.Errorf("the error is %v", err)
	}
	if len(to.parts) != 5 {
		t.Errorf("%d parts were tried", len(to.parts))
	}
}

// Once the context is done, nothing is tried any more.
func TestPartsInTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	to := &sender{refuse: func(part int) error {
		if part == 2 {
			cancel()
		}
		return nil
	}}
	err := otelexport.InParts(to).Export(ctx, collectionOf(1000))
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "otelexport: 3 of 5 parts were not sent: ") {
		t.Errorf("the error is %v", err)
	}
	if len(to.parts) != 2 {
		t.Errorf("%d parts were tried", len(to.parts))
	}
}

// All else of an exporter stays what it is.
func TestInPartsIsTheSameExporter(t *testing.T) {
	told := &toldExporter{}
	e := otelexport.InParts(told)
	if e.Temporality(sdkmetric.InstrumentKindCounter) != metricdata.DeltaTemporality {
		t.Error("the temporality isn't the exporter's")
	}
	if _, ok := e.Aggregation(sdkmetric.InstrumentKindHistogram).(sdkmetric.AggregationDrop); !ok {
		t.Error("the aggregation isn't the exporter's")
	}
	if err := errors.Join(e.ForceFlush(t.Context()), e.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
	if !slices.Equal(told.calls, []string{"flush", "shutdown"}) {
		t.Errorf("the exporter was told %v", told.calls)
	}
}

type toldExporter struct {
	sender
	calls []string
}

func (*toldExporter) Temporality(sdkmetric.InstrumentKind) metricdata.Temporality {
	return metricdata.DeltaTemporality
}

func (*toldExporter) Aggregation(sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.AggregationDrop{}
}

func (e *toldExporter) ForceFlush(context.Context) error {
	e.calls = append(e.calls, "flush")
	return nil
}

func (e *toldExporter) Shutdown(context.Context) error {
	e.calls = append(e.calls, "shutdown")
	return nil
}

// No exporter is an error, and no panic of the reader's.
func TestNoExporterInParts(t *testing.T) {
	errs := handle()
	e := otelexport.InParts(nil)
	const want = "otelexport: InParts: the exporter is nil"
	if err := errs.take(); err == nil || err.Error() != want {
		t.Errorf("told %v", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(e)))
	orders(t, provider).Add(t.Context(), 1)
	if err := provider.ForceFlush(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("an export says %v", err)
	}
	if err := provider.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the last export says %v", err)
	}
}
