package integration_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// serve exports source on a free port until the test ends and returns the address.
func serve(t *testing.T, source metrics.Source, opts ...promexport.Option) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- promexport.Serve(ctx, listener, source, opts...) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// traffic records n random events of every kind, from several goroutines.
func traffic(r *metrics.Recorder, seed uint64, n int) {
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, g))
			for range n / 4 {
				event(r, rng)
			}
		})
	}
	wg.Wait()
}

func event(r *metrics.Recorder, rng *rand.Rand) {
	took := time.Duration(math.Exp(rng.NormFloat64()*2) * float64(time.Millisecond))
	unknown := metrics.Call{Age: -1, StaleFor: -1, Duration: took, Overhead: took / 10, KeyHash: rng.Uint64N(100)}
	switch rng.IntN(8) {
	default:
		unknown.Outcome, unknown.Age, unknown.Cost = metrics.Hit, took*100, took*10
		r.Record(unknown)
	case 0:
		unknown.Outcome, unknown.Reason = metrics.Miss, metrics.ReasonExpired
		r.Record(unknown)
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Result: metrics.ResultOK, Duration: took, Changed: metrics.Unchanged})
		r.Stored(int64(rng.IntN(1 << 20)))
	case 1:
		unknown.Outcome, unknown.Err = metrics.Coalesced, metrics.ErrorFunction
		r.Record(unknown)
		r.Wait(metrics.ScopeProcess, metrics.ResultError, took)
	case 2:
		unknown.Outcome, unknown.Reason, unknown.StaleFor = metrics.Stale, metrics.ReasonRevalidate, took*1000
		r.Record(unknown)
		r.SkipRefresh(metrics.SkipPoolFull)
	case 3:
		r.Operation(metrics.OperationPut, metrics.ResultOK, took)
		r.Reject(metrics.RejectSizeLimit, 1<<30)
		r.Remove(metrics.RemovalEvent{Tier: metrics.TierLocal, Reason: metrics.RemovalCapacity, Read: metrics.ReadNo, Age: took})
	}
}

// TestPrometheusAgrees lets a real Prometheus, the system's and version 3, scrape real traffic and compares everything it
// then knows with the snapshots: every series, no other, and every bucket.
func TestPrometheusAgrees(t *testing.T) {
	for version, start := range map[string]func(*testing.T, string) prometheus{"2": startPrometheus, "3": startPrometheus3} {
		t.Run(version, func(t *testing.T) {
			t.Parallel() // each mostly waits for its scrapes
			prometheusAgrees(t, start)
		})
	}
}

func prometheusAgrees(t *testing.T, start func(*testing.T, string) prometheus) {
	t.Helper()
	registry := metrics.NewRegistry()
	var recorders []*metrics.Recorder
	for i, labels := range []map[string]string{nil, {"team": "search", "bad name": `quoted "value" \ and
a line`}} {
		r, err := metrics.NewRecorder(fmt.Sprintf("function %d é", i), metrics.RecorderOptions{Labels: labels})
		if err != nil {
			t.Fatal(err)
		}
		if err := registry.Register(r); err != nil {
			t.Fatal(err)
		}
		recorders = append(recorders, r)
	}
	p := start(t, serve(t, registry))

	traffic(recorders[0], 1, 20_000)
	p.scrapedSince(t, time.Now()) // so that the second half comes as a change of what is known
	traffic(recorders[0], 2, 20_000)
	traffic(recorders[1], 3, 1_000)
	p.scrapedSince(t, time.Now())

	compare(t, p, registry)
	quantilesAgree(t, p, recorders[0].Snapshot())
}

// compare holds all that Prometheus knows against a source whose counts rest.
func compare(t *testing.T, p prometheus, source metrics.Source) {
	t.Helper()
	compareAs(t, p, source, func(m *metrics.Metric) string { return m.Name })
}

// compareAs does the same where metrics are called otherwise.
func compareAs(t *testing.T, p prometheus, source metrics.Source, named func(*metrics.Metric) string) {
	t.Helper()
	got := map[string]sample{}
	result, err := p.query(`{__name__=~"cachier_.+"}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range result {
		delete(s.Metric, "instance")
		delete(s.Metric, "job")
		got[seriesName(s.Metric)] = s
	}

	want := 0
	for snapshot := range source.Snapshots() {
		for s := range snapshot.Series() {
			want++
			labels := map[string]string{"__name__": named(s.Metric), "cache": snapshot.Name, "backend": snapshot.Backend}
			for name, value := range snapshot.Labels {
				labels[strings.ReplaceAll(name, " ", "_")] = value
			}
			for _, label := range s.Labels {
				labels[label.Name] = label.Value
			}
			name := seriesName(labels)
			sample, ok := got[name]
			if !ok {
				t.Errorf("Prometheus doesn't know %s", name)
				continue
			}
			if err := agrees(s, sample); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if len(got) != want {
		t.Errorf("Prometheus knows %d series, the snapshots have %d", len(got), want)
	}
}

// agrees compares one series: values and bucket counts are equal, sums and bounds too, up to the last digits of text.
func agrees(s metrics.Series, got sample) error {
	if s.Metric.Kind != metrics.KindHistogram {
		if got.Value == nil || !near(got.Value.value, s.Value) {
			return fmt.Errorf("got %+v, want %v", got.Value, s.Value)
		}
		return nil
	}
	h, b := got.Histogram, s.Buckets
	if h == nil {
		return errors.New("isn't a native histogram")
	}
	if h.count != float64(b.Count) || !near(h.sum, b.Sum) {
		return fmt.Errorf("count %v and sum %v, want %v and %v", h.count, h.sum, b.Count, b.Sum)
	}
	var want []bucket
	if b.ZeroCount > 0 {
		want = append(want, bucket{0, 0, float64(b.ZeroCount)})
	}
	for i, count := range b.All() {
		want = append(want, bucket{metrics.BucketBound(i - 1), metrics.BucketBound(i), float64(count)})
	}
	equal := slices.EqualFunc(h.buckets, want, func(x, y bucket) bool {
		return near(x.low, y.low) && near(x.high, y.high) && x.count == y.count
	})
	if !equal {
		return fmt.Errorf("buckets %v, want %v", h.buckets, want)
	}
	return nil
}

// quantilesAgree asks Prometheus what a user would ask and compares with what the Snapshot answers. Both name a value of
// the same bucket, which is 9 % wide, and the Snapshot the middle of it.
func quantilesAgree(t *testing.T, p prometheus, s metrics.Snapshot) {
	t.Helper()
	selector := fmt.Sprintf(`{cache=%q,outcome="hit"}`, s.Name)
	hits := s.Latency(metrics.Hit)
	for _, q := range []float64{0.5, 0.9, 0.99} {
		got := p.one(t, fmt.Sprintf("histogram_quantile(%v, cachier_request_duration_seconds%s)", q, selector))
		want := hits.Quantile(q).Seconds()
		if ratio := got / want; ratio < 1/1.05 || ratio > 1.05 {
			t.Errorf("quantile %v: Prometheus says %v, the snapshot %v", q, got, want)
		}
	}
	got := p.one(t, "histogram_count(cachier_request_duration_seconds"+selector+")")
	if got != float64(hits.Count()) {
		t.Errorf("histogram_count is %v, want %v", got, hits.Count())
	}
	ratio := p.one(t, fmt.Sprintf(`sum(cachier_requests_total{cache=%[1]q,outcome=~"hit|stale",reason!="error"}) /
		sum(cachier_requests_total{cache=%[1]q,outcome!="bypass"})`, s.Name))
	if !near(ratio, s.HitRatio()) {
		t.Errorf("hit ratio is %v, the snapshot says %v", ratio, s.HitRatio())
	}
}

// TestPromtool has Prometheus's own linter read the text format, with and without classic buckets.
func TestPromtool(t *testing.T) {
	promtool := testserver.Program(t, "promtool")
	r, err := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{Labels: map[string]string{"team": "search"}})
	if err != nil {
		t.Fatal(err)
	}
	traffic(r, 4, 10_000)
	registry := metrics.NewRegistry()
	if err := registry.Register(r); err != nil {
		t.Fatal(err)
	}
	withStore(t, registry)
	for name, opts := range map[string][]promexport.Option{"native": nil, "classic": {promexport.WithClassicBuckets()}} {
		t.Run(name, func(t *testing.T) {
			response, err := http.Get("http://" + serve(t, registry, opts...) + "/metrics")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Fatalf("status %s", response.Status)
			}
			text, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"cachier_backend_pool_open_connections", `cachier_entries{backend="sql",cache="squares",tier="backend"}`} {
				if !bytes.Contains(text, []byte(name)) {
					t.Errorf("there is no %s", name)
				}
			}
			cmd := exec.Command(promtool, "check", "metrics")
			cmd.Stdin = bytes.NewReader(text)
			if output, err := cmd.CombinedOutput(); err != nil || len(output) > 0 {
				t.Errorf("promtool check metrics: %v\n%s", err, output)
			}
		})
	}
}

func seriesName(labels map[string]string) string {
	var b strings.Builder
	b.WriteString(labels["__name__"])
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "__name__" {
			fmt.Fprintf(&b, " %s=%q", name, labels[name])
		}
	}
	return b.String()
}

func near(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b))
}
