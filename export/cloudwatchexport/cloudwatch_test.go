package cloudwatchexport_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// connect returns a client of AWS's own SDK to a server.
func connect(url string) *cloudwatch.Client {
	return cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: &url, Region: "eu-west-1", HTTPClient: &http.Client{Transport: &http.Transport{}},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
}

// start returns an exporter, and the server that it sends to.
func start(t testing.TB, o cloudwatchexport.Options) (*cloudwatchexport.Exporter, *testserver.CloudWatch) {
	t.Helper()
	server := testserver.StartCloudWatch(t)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e, err := cloudwatchexport.New(context.Background(), connect(server.URL), &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, server
}

// received looks a series up in what a server has taken. Which dimensions it has
// is said here once more, by other means.
func received(server *testserver.CloudWatch, s metricstest.Series) (float64, bool) {
	dimensions := map[string]string{}
	put := func(name, value string) {
		dimensions[cloudwatchexport.Escape(name)] = cloudwatchexport.Escape(value)
	}
	if s.Cache != "" {
		put("cache", s.Cache)
	}
	for name, value := range s.Static {
		if reserved(name) {
			name = "label_" + name
		}
		put(name, value)
	}
	for _, l := range s.Labels {
		put(l.Name, l.Value)
	}
	got, ok := server.Of(strings.TrimPrefix(s.Metric.OTel, "cachier."), dimensions)
	switch s.Metric.Kind {
	case metrics.KindCounter:
		return got.Sum, ok
	case metrics.KindGauge:
		return got.Last, ok
	default:
		return got.Count, ok
	}
}

func reserved(label string) bool {
	if label == "cache" || label == "backend" || strings.HasPrefix(label, "label_") {
		return true
	}
	for _, m := range metrics.Catalog() {
		for _, l := range m.Labels {
			if l.Name == label {
				return true
			}
		}
	}
	return false
}

// recorder makes one, in a registry.
func recorder(t testing.TB, registry *metrics.Registry, name string, labels map[string]string) *metrics.Recorder {
	t.Helper()
	r, err := metrics.NewRecorder(name, metrics.RecorderOptions{Labels: labels})
	if err == nil {
		err = registry.Register(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// call records n misses, each with a computation.
func call(r *metrics.Recorder, n int) {
	for i := range n {
		took := time.Duration(1+i) * time.Millisecond
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: took, Age: metrics.Unknown})
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: took})
	}
}

// batch is everything of a registry.
func batch(registry *metrics.Registry) metrics.Batch {
	b := metrics.Batch{To: time.Now()}
	for s := range registry.Snapshots() {
		b.Deltas, b.Totals = append(b.Deltas, s), append(b.Totals, s)
	}
	return b
}
