//go:build moto

package integration_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// TestMotoAgrees has moto's CloudWatch keep what a run of calls sends, a push every
// now and then, and reads it back: every counter to the last one, how many values
// each histogram has, their sums, and their percentiles.
func TestMotoAgrees(t *testing.T) {
	moto := testserver.StartMoto(t)
	registry := metrics.NewRegistry()
	known := durations(t, registry, 1000)
	errOdd := errors.New("every seventh fails")
	f, err := cachier.New("math.squares", func(_ context.Context, n int) (int, error) {
		if n%7 == 6 {
			return 0, errOdd
		}
		return n * n, nil
	}, cachier.WithRegistry(registry), cachier.WithMaxEntries(100), cachier.WithTTL(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	e, err := cloudwatchexport.New(t.Context(), cloudwatchClient(moto.URL), &cloudwatchexport.Options{
		Namespace: "Tests/Caches", Metrics: cloudwatchexport.All(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	pushed := make(chan error, 1)
	go func() { pushed <- metrics.Push(ctx, registry, e, 50*time.Millisecond) }()
	for i := range 6000 {
		if _, err := f.Call(t.Context(), i%50); err != nil && !errors.Is(err, errOdd) {
			t.Fatal(err)
		}
		if i%2000 == 0 {
			time.Sleep(60 * time.Millisecond) // so that there are several pushes
		}
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := errors.Join(<-pushed, e.Close()); err != nil {
		t.Fatal(err)
	}
	if drops := e.Dropped(); len(drops) > 0 {
		t.Errorf("given up: %v", drops)
	}
	for snapshot := range registry.Snapshots() {
		for s := range snapshot.Series() {
			if s.Metric.Kind == metrics.KindCounter && s.Value == 0 {
				continue
			}
			agree(t, moto, snapshot.Name, s)
		}
	}
	got, err := moto.Statistics("Tests/Caches", "compute.duration", map[string]string{"cache": "known", "trigger": "miss", "result": "ok"})
	if err != nil {
		t.Fatal(err)
	}
	p50, p99 := known[(len(known)-1)/2].Seconds(), known[len(known)*99/100-1].Seconds()
	if off(got.P50, p50) > 0.0501 || off(got.P99, p99) > 0.0501 {
		t.Errorf("p50 is %v, p99 %v; want %v and %v", got.P50, got.P99, p50, p99)
	}
}

// durations records computations whose times are known, and returns those by
// rising time.
func durations(t *testing.T, registry *metrics.Registry, n int) (all []time.Duration) {
	r, err := metrics.NewRecorder("known", metrics.RecorderOptions{})
	if err == nil {
		err = registry.Register(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range n {
		d := time.Duration(1e6 * math.Exp(2*rng.NormFloat64()))
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: d})
		all = append(all, d)
	}
	slices.Sort(all)
	return all
}

// agree holds what moto knows of one series against what was counted.
func agree(t *testing.T, moto *testserver.Moto, cache string, s metrics.Series) {
	t.Helper()
	dimensions := map[string]string{"cache": cache}
	for _, l := range s.Labels {
		dimensions[l.Name] = cloudwatchexport.Escape(l.Value)
	}
	got, err := moto.Statistics("Tests/Caches", strings.TrimPrefix(s.Metric.OTel, "cachier."), dimensions)
	if err != nil || got.Datapoints != 1 {
		t.Errorf("%s %v: %+v, %v", s.Metric.OTel, dimensions, got, err)
		return
	}
	switch s.Metric.Kind {
	case metrics.KindCounter:
		if off(got.Sum, s.Value) > 1e-9 {
			t.Errorf("%s %v is %v, want %v", s.Metric.OTel, dimensions, got.Sum, s.Value)
		}
	case metrics.KindHistogram:
		b := s.Buckets
		if got.SampleCount != float64(b.Count) || got.Kept != int(b.Count) || off(got.Sum, b.Sum) > 0.05 ||
			off(got.P50, b.Quantile(0.5)) > 0.05 || off(got.P99, b.Quantile(0.99)) > 0.05 {
			t.Errorf("%s %v: %+v; want %d values, their sum %v, p50 %v, p99 %v", s.Metric.OTel, dimensions, got,
				b.Count, b.Sum, b.Quantile(0.5), b.Quantile(0.99))
		}
	}
	if seconds := s.Metric.Unit == "s"; seconds != (got.Unit == "Seconds") {
		t.Errorf("%s is in %q", s.Metric.OTel, got.Unit)
	}
}

// off is how far a figure is from what is wanted, as a part of that.
func off(got, want float64) float64 {
	if got == want {
		return 0
	}
	return math.Abs(got-want) / math.Abs(want)
}
