package promexport_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// gather collects a source through a registry, by family name.
func gather(t testing.TB, source metrics.Source, opts ...promexport.Option) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(promexport.NewCollector(source, opts...))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// waits records durations and returns the histogram of them, as it is and as it is exported.
func waits(t *testing.T, durations []time.Duration, opts ...promexport.Option) (metrics.Buckets, *dto.Histogram) {
	t.Helper()
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	for _, d := range durations {
		r.Compute(metrics.Computation{Duration: d})
	}
	family := gather(t, r, opts...)["cachier_compute_duration_seconds"]
	return r.Snapshot().Compute().Buckets(), family.GetMetric()[0].GetHistogram()
}

// TestNativeIsExact compares the export of random histograms with client_golang's own encoding of the same buckets.
func TestNativeIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sets := map[string][]time.Duration{
		"zero":         {0, 0, 0},
		"one":          {time.Second},
		"on a bound":   {time.Second, 500 * time.Millisecond, 250 * time.Millisecond},
		"a nanosecond": {1},
		"far apart":    {0, 1, time.Microsecond, time.Hour, 1000 * time.Hour, math.MaxInt64},
	}
	random := make([]time.Duration, 5000)
	for i := range random {
		random[i] = time.Duration(math.Exp(rng.NormFloat64()*3) * 1e6)
	}
	sets["log-normal"] = random
	sets["sparse"] = random[:40]
	for name, durations := range sets {
		t.Run(name, func(t *testing.T) {
			b, got := waits(t, durations)
			positive := map[int]int64{}
			for i, count := range b.All() {
				positive[i] = int64(count)
			}
			desc := prometheus.NewDesc("x", "x", nil, nil)
			oracle, err := prometheus.NewConstNativeHistogram(desc, b.Count, b.Sum, positive, nil, b.ZeroCount,
				metrics.Schema, 0, got.GetCreatedTimestamp().AsTime())
			if err != nil {
				t.Fatal(err)
			}
			var want dto.Metric
			if err := oracle.Write(&want); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(got, want.Histogram) {
				t.Errorf("got\n%v\nwant\n%v", got, want.Histogram)
			}
			if got.GetSampleCount() != uint64(len(durations)) {
				t.Errorf("count %d, want %d", got.GetSampleCount(), len(durations))
			}
		})
	}
}

func TestCreatedTimestampIsTheStart(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	traffic.Everything(r, 1)
	start := r.Snapshot().Start
	for name, family := range gather(t, r) {
		for _, m := range family.GetMetric() {
			created := m.GetCounter().GetCreatedTimestamp()
			if family.GetType() == dto.MetricType_HISTOGRAM {
				created = m.GetHistogram().GetCreatedTimestamp()
			}
			if family.GetType() != dto.MetricType_GAUGE && !created.AsTime().Equal(start) {
				t.Errorf("%s was created at %v, want %v", name, created.AsTime(), start)
			}
		}
	}
}

// TestClassicIsExact counts the durations themselves: the bounds are bounds of the native buckets, so nothing is lost.
func TestClassicIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	durations := []time.Duration{0, 1, time.Second, 4 * time.Second, 64 * time.Second, 65 * time.Second, time.Hour}
	for range 5000 {
		durations = append(durations, time.Duration(math.Exp(rng.NormFloat64()*4)*1e6))
	}
	if _, h := waits(t, durations); len(h.GetBucket()) > 0 {
		t.Fatal("classic buckets without being asked")
	}
	b, h := waits(t, durations, promexport.WithClassicBuckets())
	if len(h.GetBucket()) != 15 || len(h.GetPositiveSpan()) == 0 {
		t.Fatalf("got %d classic buckets, want 15, and native ones beside them", len(h.GetBucket()))
	}
	if !slices.IsSortedFunc(h.GetBucket(), func(x, y *dto.Bucket) int {
		return int(math.Copysign(1, x.GetUpperBound()-y.GetUpperBound()))
	}) {
		t.Error("bounds don't rise")
	}
	for _, bucket := range h.GetBucket() {
		var want uint64
		for _, d := range durations {
			if d.Seconds() <= bucket.GetUpperBound() {
				want++
			}
		}
		if bucket.GetCumulativeCount() != want {
			t.Errorf("le=%v: %d, want %d", bucket.GetUpperBound(), bucket.GetCumulativeCount(), want)
		}
	}
	if last := h.GetBucket()[14]; last.GetCumulativeCount() != b.Count {
		t.Errorf("le=+Inf: %d, want %d", last.GetCumulativeCount(), b.Count)
	}
	others := gather(t, func() metrics.Source {
		r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
		traffic.Everything(r, 2)
		return r
	}(), promexport.WithClassicBuckets())
	for name, family := range others {
		asked := name == "cachier_request_duration_seconds" || name == "cachier_compute_duration_seconds"
		for _, m := range family.GetMetric() {
			if got := len(m.GetHistogram().GetBucket()) > 0; got && !asked {
				t.Errorf("%s has classic buckets", name)
			}
		}
	}
}
