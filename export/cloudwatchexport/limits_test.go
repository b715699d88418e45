package cloudwatchexport_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// The server fails the test when a request is beyond a limit. These batches would
// be, if they went out as they come.

func TestManyData(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{})
	registry := metrics.NewRegistry()
	for i := range 600 {
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
	}
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil {
		t.Fatal(err)
	}
	data := 0
	for _, r := range server.Taken() {
		data += len(r.Data)
	}
	if n := len(server.Taken()); data != 600*3 || n != 2 {
		t.Errorf("%d data in %d requests, want 1,800 in 2", data, n)
	}
}

func TestManyBytes(t *testing.T) {
	long := strings.Repeat("long ", 190) + "." // of 1,024 bytes at most
	e, server := start(t, cloudwatchexport.Options{Labels: map[string]string{"a": long, "b": long, "c": long}})
	registry := metrics.NewRegistry()
	for i := range 300 {
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 100)
	}
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, r := range server.Taken() {
		most = max(most, r.Bytes)
	}
	if most < 500_000 {
		t.Errorf("the largest request has %d bytes, little of what may be", most)
	}
}

// More values than fit in a datum go out in several requests.
func TestManyValues(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{})
	registry := metrics.NewRegistry()
	n := wide(traffic.Recorder(t, registry, "f", metrics.RecorderOptions{}))
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil {
		t.Fatal(err)
	}
	got, _ := server.Of("compute.duration", map[string]string{"cache": "f"})
	if got.Count != float64(n) || len(server.Taken()) < 4 {
		t.Errorf("%v values in %d requests, want %d in at least 4", got.Count, len(server.Taken()), n)
	}
}

// wide records computations that took anything from a nanosecond to a lifetime,
// and returns how many.
func wide(r *metrics.Recorder) (n int) {
	for d := 1.0; d < 1e18; d *= 1.05 {
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: time.Duration(d)})
		n++
	}
	return n
}

// What doesn't fit in one request shares the others with its like: they are as
// many as one function needs, or as all their bytes do.
func TestManyValuesOfMany(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{})
	registry := metrics.NewRegistry()
	n := 0
	for i := range 100 {
		r := traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{})
		traffic.Misses(r, 1)
		n = wide(r) + 1
	}
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if got, _ := server.Of("compute.duration", map[string]string{"cache": fmt.Sprint("f", i)}); got.Count != float64(n) {
			t.Errorf("%v values of f%d, want %d", got.Count, i, n)
		}
	}
	if got := len(server.Taken()); got > 5 {
		t.Errorf("%d requests, want 5 at most", got)
	}
}

// What no request can say is given up, counted, and keeps nothing else back.
func TestImpossible(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{})
	registry := metrics.NewRegistry()
	many := map[string]string{}
	for i := range 30 {
		many[fmt.Sprint("label", i)] = "x"
	}
	traffic.Misses(traffic.Recorder(t, registry, "many", metrics.RecorderOptions{Labels: many}), 1)
	traffic.Misses(traffic.Recorder(t, registry, "long", metrics.RecorderOptions{Labels: map[string]string{"a": strings.Repeat("x", 1025)}}), 1)
	traffic.Misses(traffic.Recorder(t, registry, "f", metrics.RecorderOptions{}), 1)
	b := traffic.Batch(registry)
	for i, v := range []float64{math.Inf(1), math.NaN(), 1e300, 1e-300, -2} {
		m := metrics.Reading{Name: fmt.Sprint("reading", i), Unit: "{thing}"}.Metric()
		b.Others = append(b.Others, metrics.Series{Metric: &m, Value: v})
	}
	if err := e.Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	drops := e.Dropped()
	if drops["too_many_labels"] != 3 || drops["too_long"] != 3 || drops["out_of_range"] != 3 {
		t.Errorf("%v", drops)
	}
	for name, want := range map[string]float64{"backend.reading3": 0, "backend.reading4": -2} {
		if got, ok := server.Of(name, nil); !ok || got.Last != want {
			t.Errorf("%s is %v (%v), want %v", name, got.Last, ok, want)
		}
	}
	if _, ok := server.Of("compute.duration", map[string]string{"cache": "f"}); !ok {
		t.Error("nothing of f has arrived")
	}
}

// What belongs to no function is left out by the name that it lacks.
func TestFunctionsOnly(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{Select: func(cache string, _ *metrics.Metric) bool { return cache != "" }})
	registry, miss := one(t)
	b := traffic.Batch(registry)
	m := metrics.Reading{Name: "pool_idle_connections", Unit: "{connection}"}.Metric()
	b.Others = []metrics.Series{{Metric: &m, Labels: []metrics.Label{{Name: "backend", Value: "redis"}}, Value: 4}}
	if err := e.Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	got, _ := server.Of("requests", miss)
	if data := server.Taken()[0].Data; got.Sum != 5 || len(data) != 3 {
		t.Errorf("%v calls in %d data, want 5 in 3", got.Sum, len(data))
	}
}

// A batch from a clock that is far ahead is of now.
func TestTimeOfBatch(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{Resolution: time.Second, Namespace: "Shop/Caches #1"})
	registry := metrics.NewRegistry()
	traffic.Misses(traffic.Recorder(t, registry, "f", metrics.RecorderOptions{}), 1)
	b := traffic.Batch(registry)
	b.To = b.To.Add(3 * time.Hour)
	if err := e.Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	b.To = b.To.Add(-15 * 24 * time.Hour)
	if err := e.Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if n := e.Dropped()["too_old"]; n != 3 {
		t.Errorf("%d data are too old", n)
	}
	for _, d := range server.Taken()[0].Data {
		if d.Resolution != 1 || time.Since(d.At).Abs() > time.Hour {
			t.Errorf("%+v", d)
		}
	}
	if of := server.Taken()[0].Namespace; of != "Shop/Caches #1" {
		t.Errorf("the namespace is %q", of)
	}
}
