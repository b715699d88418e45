package integration_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/export/emfexport"
	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// cloudwatchClient returns a client of AWS's own SDK to a server.
func cloudwatchClient(url string) *cloudwatch.Client {
	return cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: &url, Region: "eu-west-1", HTTPClient: &http.Client{Transport: &http.Transport{}},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
}

// life is one run of a program whose metrics go to several places, each at an
// interval of its own.
type life struct {
	registry *metrics.Registry
	f        *cachier.Func[int, int]
	pushes   map[metrics.Exporter]time.Duration

	stop   context.CancelFunc
	pushed sync.WaitGroup
}

func (l *life) push(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	l.stop = stop
	for e, every := range l.pushes {
		l.pushed.Go(func() {
			err := metrics.Push(ctx, l.registry, e, every)
			for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); {
				err = metrics.Push(ctx, l.registry, e, every) // once more each time
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func (l *life) calls(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		if _, err := l.f.Call(context.Background(), i%97); err != nil && !errors.Is(err, errSeventh) {
			t.Fatal(err)
		}
		if i%(n/10+1) == 0 {
			time.Sleep(20 * time.Millisecond) // so that all push now and then
		}
	}
}

// intervals waits until CloudWatch and the log have two pushes more each.
func (l *life) intervals(t *testing.T, aws *testserver.CloudWatch, lines *journal) {
	t.Helper()
	pushes := func() (toAWS, toLog int) {
		times := map[time.Time]bool{}
		for _, r := range aws.Taken() {
			times[r.Data[0].At] = true
		}
		return len(times), lines.times()
	}
	oldAWS, oldLog := pushes()
	testserver.Eventually(t, "pushes at intervals", func() error {
		if toAWS, toLog := pushes(); toAWS < oldAWS+2 || toLog < oldLog+2 {
			return fmt.Errorf("%d to CloudWatch and %d to the log since %d and %d", toAWS, toLog, oldAWS, oldLog)
		}
		return nil
	})
}

// fails waits until one more export to CloudWatch has failed.
func (l *life) fails(t *testing.T) {
	t.Helper()
	failed := func() (n uint64) {
		for _, s := range l.registry.ExportStats() {
			if s.Exporter == "cloudwatch" {
				n += s.Errors
			}
		}
		return n
	}
	old := failed()
	testserver.Eventually(t, "an export to CloudWatch fails", func() error {
		if failed() == old {
			return fmt.Errorf("%d have", old)
		}
		return nil
	})
}

var unavailable = testserver.Answer{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "told to fail"}

// many is how many functions make a batch that is several requests.
const many = 400

// cut pushes such a batch once, from a registry of its own, and has CloudWatch
// fail after the first request. That fails no export: the rest waits.
func cut(t *testing.T, aws *testserver.CloudWatch, e metrics.Exporter) {
	t.Helper()
	registry := metrics.NewRegistry()
	for i := range many {
		r, err := metrics.NewRecorder(fmt.Sprint("many.", i), metrics.RecorderOptions{})
		if err == nil {
			err = registry.Register(r)
		}
		if err != nil {
			t.Fatal(err)
		}
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: time.Millisecond, Age: metrics.Unknown})
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: time.Millisecond})
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	before := len(aws.Taken())
	aws.Break(1, unavailable)
	err := metrics.Push(over, registry, e, time.Hour)
	if taken := aws.Taken()[before:]; err != nil || len(taken) != 1 || len(taken[0].Data) != 1000 {
		t.Fatalf("%v after %d requests, want one that is full", err, len(taken))
	}
}

var errSeventh = errors.New("every seventh fails")

// TestExportersAgree has one program push to StatsD, to CloudWatch, into a log, and
// deltas to an OpenTelemetry Collector, each at its own interval. Pushing stops and begins again, CloudWatch fails for a
// while and in the midst of a batch, and the program ends and is started again.
// Whoever adds up what came has
// the same totals, and they are what was counted in both lives.
func TestExportersAgree(t *testing.T) {
	g := startGraphite(t)
	statsd := testserver.StartStatsD(t, g.addr, 200*time.Millisecond)
	aws := testserver.StartCloudWatch(t)
	collector := testserver.StartCollector(t)
	var lines journal
	var total metrics.Snapshot
	for born := range 2 {
		l := &life{registry: metrics.NewRegistry()}
		toStatsD, err := statsdexport.New(statsd.Addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		quiet := slog.New(slog.DiscardHandler)
		toCloudWatch, err := cloudwatchexport.New(t.Context(), cloudwatchClient(aws.URL), &cloudwatchexport.Options{
			Metrics: cloudwatchexport.All(), Attempts: 1, Logger: quiet,
		})
		if err != nil {
			t.Fatal(err)
		}
		toLog, err := emfexport.New(&lines, &emfexport.Options{Metrics: emfexport.All()})
		if err != nil {
			t.Fatal(err)
		}
		l.pushes = map[metrics.Exporter]time.Duration{
			toStatsD: 50 * time.Millisecond, toCloudWatch: 170 * time.Millisecond, toLog: 110 * time.Millisecond,
		}
		l.f, err = cachier.New("math.squares", func(_ context.Context, n int) (int, error) {
			if n%7 == 6 {
				return 0, errSeventh
			}
			return n * n, nil
		}, cachier.WithRegistry(l.registry), cachier.WithMaxEntries(50), cachier.WithTTL(time.Minute), cachier.WithLogger(quiet))
		if err != nil {
			t.Fatal(err)
		}
		toCollector, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpoint(collector.HTTP), otlpmetrichttp.WithInsecure(),
			otlpmetrichttp.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector))
		if err != nil {
			t.Fatal(err)
		}
		provider := pushing(t, "squares", toCollector, 130*time.Millisecond, l.registry)
		for part := range 3 {
			if part == 2 {
				cut(t, aws, toCloudWatch)
			}
			l.push(t)
			if part == 2 {
				l.fails(t)
				aws.Mend()
			}
			l.calls(t, 3000)
			l.intervals(t, aws, &lines)
			if part == 1 {
				aws.Break(0, unavailable)
				l.calls(t, 3000)
				l.fails(t)
				aws.Mend()
			}
			l.stop()
			l.pushed.Wait()
			l.calls(t, 1000) // which the next push has
		}
		if err := l.f.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.push(t)
		l.stop() // only the last one
		l.pushed.Wait()
		if err := errors.Join(toStatsD.Close(), toCloudWatch.Close(), toLog.Close(),
			provider.ForceFlush(t.Context()), provider.Shutdown(t.Context())); err != nil {
			t.Fatal(err)
		}
		for name, drops := range map[string]map[string]uint64{"StatsD": toStatsD.Dropped(), "CloudWatch": toCloudWatch.Dropped(), "EMF": toLog.Dropped()} {
			if len(drops) > 0 {
				t.Errorf("life %d: given up for %s: %v", born, name, drops)
			}
		}
		total = total.Plus(l.f.Metrics().Snapshot())
	}
	if n := total.Calls(); n != 2*(4*3000+3*1000) {
		t.Errorf("%d calls", n)
	}
	testserver.Eventually(t, "StatsD has the totals", func() error { return totals(total, g.of) })
	testserver.Eventually(t, "the Collector has the totals", func() error {
		requests, err := otlpRequests(collector.Metrics)
		if err != nil {
			return err
		}
		known := otlpKnown(requests, "squares")
		return totals(total, func(cache string, s metrics.Series) (float64, bool) {
			labels := map[string]string{"__name__": s.Metric.OTel, "cache": cache, "backend": total.Backend}
			for _, l := range s.Labels {
				labels[l.Name] = l.Value
			}
			got, ok := known[seriesName(labels)]
			if !ok {
				return 0, false
			}
			if s.Metric.Kind == metrics.KindHistogram {
				return float64(got.count), true
			}
			return got.value, true
		})
	})
	if err := totals(total, func(cache string, s metrics.Series) (float64, bool) {
		dimensions := map[string]string{"cache": cache}
		for _, l := range s.Labels {
			dimensions[l.Name] = l.Value
		}
		got, ok := aws.Of(strings.TrimPrefix(s.Metric.OTel, "cachier."), dimensions)
		if s.Metric.Kind == metrics.KindHistogram {
			return got.Count, ok
		}
		return got.Sum, ok
	}); err != nil {
		t.Errorf("CloudWatch: %v", err)
	}
	if err := totals(total, lines.sums(t)); err != nil {
		t.Errorf("EMF: %v", err)
	}
	once := 0.0
	for _, r := range aws.Taken() {
		for _, d := range r.Data {
			if d.Name == "requests" && strings.HasPrefix(d.Dimensions["cache"], "many.") {
				once += d.Values[0]
			}
		}
	}
	if once != 2*many {
		t.Errorf("%v calls of many functions, want one of each in both lives", once)
	}
}

// totals holds what was added up against what was counted.
func totals(total metrics.Snapshot, of func(cache string, s metrics.Series) (float64, bool)) error {
	series := 0
	for s := range total.Series() {
		want := s.Value
		switch s.Metric.Kind {
		case metrics.KindGauge:
			continue // of a moment
		case metrics.KindHistogram:
			want = float64(s.Buckets.Count)
		}
		if want == 0 {
			continue
		}
		if got, ok := of(total.Name, s); !ok || !near(got, want) {
			return fmt.Errorf("%s %v is %v (%v), want %v", s.Metric.OTel, s.Labels, got, ok, want)
		}
		series++
	}
	if series < 10 {
		return fmt.Errorf("only %d series", series)
	}
	return nil
}
