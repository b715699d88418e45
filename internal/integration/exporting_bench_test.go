package integration_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/export/emfexport"
	"github.com/cachier-go/cachier/export/otelexport"
	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/metrics"
)

const (
	exportEvery = time.Second
	// A turn has one export of each exporter in it.
	turnBefore, turn = exportEvery / 4, exportEvery
	// The median of 31 is between the 10th and the 22nd, at 97 %.
	turns, lowTurn, highTurn = 31, 9, 21
)

// BenchmarkHitWhileExporting is a hit in memory in turns: with no exporter, and
// with all of them at once exporting ten busy functions every second, a scrape of
// Prometheus among them. exporting/none is the median of the ratios of turns that
// follow each other, with its interval of 97 %. Run it with -benchtime 1x.
func BenchmarkHitWhileExporting(b *testing.B) {
	for _, goroutines := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) { hitWhileExporting(b, goroutines) })
	}
}

func hitWhileExporting(b *testing.B, goroutines int) {
	registry := metrics.NewRegistry()
	var others []*cachier.Func[int, int]
	for i := range 10 {
		others = append(others, hitFunc(b, registry, fmt.Sprintf("service.function%d", i)))
	}
	f := hitFunc(b, registry, "service.hit")
	keepBusy(b, others)
	run := exportingAll(b, registry)
	for range b.N {
		var none, exporting, ratios []float64
		for i := range turns {
			var one, other float64
			measure := func(exports bool) float64 {
				end := func() {}
				if exports {
					end = run()
				}
				defer end()
				hitsBy(b, f, goroutines, turnBefore)
				return hitsBy(b, f, goroutines, turn)
			}
			if i%2 == 0 {
				one, other = measure(false), measure(true)
			} else {
				other, one = measure(true), measure(false)
			}
			none, exporting, ratios = append(none, one), append(exporting, other), append(ratios, other/one)
		}
		for _, all := range [][]float64{none, exporting, ratios} {
			slices.Sort(all)
		}
		b.ReportMetric(none[turns/2], "none-ns/hit")
		b.ReportMetric(exporting[turns/2], "exporting-ns/hit")
		b.ReportMetric(ratios[turns/2], "exporting/none")
		b.ReportMetric(ratios[lowTurn], "exporting/none-low")
		b.ReportMetric(ratios[highTurn], "exporting/none-high")
	}
}

// hitKeys is how many entries there are.
const hitKeys = 1000

func hitFunc(b *testing.B, registry *metrics.Registry, name string) *cachier.Func[int, int] {
	f, err := cachier.New(name, func(_ context.Context, n int) (int, error) { return n, nil },
		cachier.WithRegistry(registry), cachier.WithMaxEntries(2*hitKeys), cachier.WithTTL(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close(context.Background()) })
	for key := range hitKeys {
		if _, err := f.Call(context.Background(), key); err != nil {
			b.Fatal(err)
		}
	}
	return f
}

// hits hits for so long and returns how often it did.
func hits(b *testing.B, f *cachier.Func[int, int], long time.Duration) (n int) {
	ctx := b.Context()
	for end := time.Now().Add(long); time.Now().Before(end); {
		for key := range hitKeys {
			if v, err := f.Call(ctx, key); err != nil || v != key {
				b.Error(v, err)
				return n
			}
		}
		n += hitKeys
	}
	return n
}

// hitsBy hits by several goroutines and returns the nanoseconds that a hit took.
func hitsBy(b *testing.B, f *cachier.Func[int, int], goroutines int, long time.Duration) float64 {
	counts := make([]int, goroutines)
	begun := time.Now()
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() { counts[g] = hits(b, f, long) })
	}
	all.Wait()
	took, sum := time.Since(begun), 0
	for _, n := range counts {
		sum += n
	}
	return float64(took.Nanoseconds()) * float64(goroutines) / float64(sum)
}

// keepBusy has functions be hit ten times a second until the benchmark ends, so
// that there is something to export of them.
func keepBusy(b *testing.B, all []*cachier.Func[int, int]) {
	over := make(chan struct{})
	var calling sync.WaitGroup
	calling.Go(func() {
		for ticker := time.Tick(exportEvery / 10); ; {
			select {
			case <-over:
				return
			case <-ticker:
			}
			for key, f := range all {
				if _, err := f.Call(context.Background(), key); err != nil {
					b.Error(err)
				}
			}
		}
	})
	b.Cleanup(func() {
		close(over)
		calling.Wait()
	})
}

// exportingAll returns what makes all exporters run until the function that it
// returns is called.
func exportingAll(b *testing.B, registry *metrics.Registry) (run func() (end func())) {
	b.Helper()
	unread, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	toStatsD, err := statsdexport.New(unread.LocalAddr().String(), nil)
	if err != nil {
		b.Fatal(err)
	}
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a client that goes away is no matter
		w.Header().Set("smithy-protocol", "rpc-v2-cbor")
		_, _ = w.Write([]byte{0xa0}) // an empty map
	}))
	toCloudWatch, err := cloudwatchexport.New(b.Context(), cloudwatchClient(aws.URL), nil)
	if err != nil {
		b.Fatal(err)
	}
	toLog, err := emfexport.New(io.Discard, nil)
	if err != nil {
		b.Fatal(err)
	}
	prometheus := httptest.NewServer(promexport.Handler(registry))
	b.Cleanup(func() {
		_ = toStatsD.Close()
		_ = toCloudWatch.Close()
		_ = unread.Close()
		aws.Close()
		prometheus.Close()
	})
	return func() func() {
		ctx, stop := context.WithCancel(b.Context())
		reader := sdkmetric.NewPeriodicReader(nowhere{}, sdkmetric.WithInterval(exportEvery), sdkmetric.WithProducer(otelexport.NewProducer(registry)))
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
		var running sync.WaitGroup
		for _, e := range []metrics.Exporter{toStatsD, toCloudWatch, toLog} {
			running.Go(func() { _ = metrics.Push(ctx, registry, e, exportEvery) }) // failures are counted
		}
		running.Go(func() { scrapeUntil(b, ctx, prometheus.URL) })
		return func() {
			stop()
			running.Wait()
			if err := provider.Shutdown(context.Background()); err != nil {
				b.Error(err)
			}
			if failed := registry.ExportStats(); len(failed) > 0 {
				b.Errorf("%+v", failed)
			}
		}
	}
}

// scrapeUntil scrapes until ctx is done, as Prometheus does with native histograms.
func scrapeUntil(b *testing.B, ctx context.Context, url string) {
	for ticker := time.Tick(exportEvery); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker:
		}
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
		if err != nil {
			b.Error(err)
			return
		}
		request.Header.Set("Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			b.Error(err)
			return
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			b.Error(err)
		}
	}
}

// nowhere is where a reader of OpenTelemetry's exports to.
type nowhere struct{}

func (nowhere) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(k)
}

func (nowhere) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}
func (nowhere) Export(context.Context, *metricdata.ResourceMetrics) error { return nil }
func (nowhere) ForceFlush(context.Context) error                          { return nil }
func (nowhere) Shutdown(context.Context) error                            { return nil }
