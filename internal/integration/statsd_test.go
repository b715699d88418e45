package integration_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// graphite takes what a StatsD server hands on, and adds it up.
type graphite struct {
	addr string

	mu     sync.Mutex // protects what follows
	sums   map[string]float64
	last   map[string]float64
	pushes int
}

func startGraphite(t *testing.T) *graphite {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &graphite{addr: listener.Addr().String(), sums: map[string]float64{}, last: map[string]float64{}}
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			g.read(t, conn)
		}
	})
	t.Cleanup(func() {
		_ = listener.Close() // that ends the goroutine
		reading.Wait()
	})
	return g
}

func (g *graphite) read(t *testing.T, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	g.mu.Lock()
	defer g.mu.Unlock()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		value, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			t.Error(err)
		}
		g.sums[fields[0]] += value
		g.last[fields[0]] = value
	}
	g.pushes++
}

// of is what has arrived of one series.
func (g *graphite) of(cache string, s metrics.Series) (float64, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := "cachier." + statsdexport.Escape(cache) + strings.TrimPrefix(s.Metric.OTel, "cachier")
	for _, l := range s.Labels {
		name += "." + statsdexport.Escape(l.Value)
	}
	from := map[metrics.Kind]struct {
		known map[string]float64
		name  string
	}{
		metrics.KindCounter:   {g.sums, "stats.counters." + name + ".count"},
		metrics.KindGauge:     {g.last, "stats.gauges." + name},
		metrics.KindHistogram: {g.sums, "stats.timers." + name + ".count"},
	}[s.Metric.Kind]
	value, ok := from.known[from.name]
	return value, ok
}

// scraped is what statsd_exporter shows of one series.
func scraped(url string) (func(cache string, s metrics.Series) (float64, bool), error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return nil, err
	}
	known := map[string]*dto.Metric{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			labels := map[string]string{"__name__": name}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			known[seriesName(labels)] = m
		}
	}
	return func(cache string, s metrics.Series) (float64, bool) {
		labels := map[string]string{"__name__": strings.ReplaceAll(s.Metric.OTel, ".", "_"), "cache": cache, "backend": "memory"}
		for _, l := range s.Labels {
			labels[l.Name] = l.Value
		}
		m := known[seriesName(labels)]
		switch {
		case m.GetCounter() != nil:
			return m.GetCounter().GetValue(), true
		case m.GetGauge() != nil:
			return m.GetGauge().GetValue(), true
		case m.GetSummary() != nil:
			return float64(m.GetSummary().GetSampleCount()), true
		}
		return 0, false
	}, nil
}

// received holds what a server knows against what was counted: counters and
// gauges, and how many values each histogram has.
func received(registry *metrics.Registry, of func(cache string, s metrics.Series) (float64, bool)) error {
	series, gauges := 0, 0
	for snapshot := range registry.Snapshots() {
		for s := range snapshot.Series() {
			want := s.Value
			switch s.Metric.Kind {
			case metrics.KindHistogram:
				want = float64(s.Buckets.Count)
			case metrics.KindGauge:
				gauges++
			}
			got, ok := of(snapshot.Name, s)
			if !ok && want == 0 && s.Metric.Kind == metrics.KindCounter {
				continue
			}
			if !ok || !near(got, want) {
				return fmt.Errorf("%s %v is %v (%v), want %v", s.Metric.OTel, s.Labels, got, ok, want)
			}
			series++
		}
	}
	if series < 15 || gauges < 4 {
		return fmt.Errorf("only %d series, %d of them gauges", series, gauges)
	}
	return nil
}

// load makes n calls of a function while its metrics are pushed.
func load(t *testing.T, e metrics.Exporter, n int) *metrics.Registry {
	t.Helper()
	registry := metrics.NewRegistry()
	errOdd := errors.New("every seventh fails")
	f, err := cachier.New("math.squares", func(_ context.Context, n int) (int, error) {
		if n%7 == 6 {
			return 0, errOdd
		}
		return n * n, nil
	}, cachier.WithRegistry(registry), cachier.WithMaxEntries(100), cachier.WithTTL(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	pushed := make(chan error, 1)
	go func() { pushed <- metrics.Push(ctx, registry, e, 50*time.Millisecond) }()
	var calls sync.WaitGroup
	for g := range 4 {
		calls.Go(func() {
			for i := range n / 4 {
				key := i % 50
				if i%100 == 0 {
					key = i + g
				}
				if _, err := f.Call(t.Context(), key); err != nil && !errors.Is(err, errOdd) {
					t.Error(err)
				}
			}
		})
	}
	calls.Wait()
	// Closed, it would have no gauges any more.
	t.Cleanup(func() { _ = f.Close(context.Background()) })
	stop()
	// A server that is busy may want it all again, and later.
	err = <-pushed
	testserver.Eventually(t, "the last push", func() error {
		if err != nil {
			err = metrics.Push(ctx, registry, e, time.Hour)
		}
		return err
	})
	rest, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := e.Export(rest, metrics.Batch{}); err != nil {
		t.Fatal(err)
	}
	if calls := f.Metrics().Snapshot().Calls(); calls != uint64(n) {
		t.Errorf("%d calls counted", calls)
	}
	return registry
}

// TestStatsDAgrees has the original StatsD count a million calls, and hand on
// what it counted.
func TestStatsDAgrees(t *testing.T) {
	g := startGraphite(t)
	server := testserver.StartStatsD(t, g.addr, 300*time.Millisecond)
	e, err := statsdexport.New(server.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	registry := load(t, e, 1_000_000)
	testserver.Eventually(t, "StatsD has counted", func() error { return received(registry, g.of) })
	pushes := func() int {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.pushes
	}
	last := pushes()
	testserver.Eventually(t, "StatsD hands on once more", func() error {
		if n := pushes(); n < last+2 {
			return fmt.Errorf("%d times", n-last)
		}
		return nil
	})
	if err := received(registry, g.of); err != nil {
		t.Errorf("later: %v", err)
	}
	if bad := g.last["stats.counters.statsd.bad_lines_seen.count"]; bad != 0 || g.sums["stats.counters.statsd.bad_lines_seen.count"] != 0 {
		t.Errorf("StatsD has seen bad lines")
	}
}

// TestStatsDExporterAgrees has statsd_exporter count as many, from tags. It repeats
// every value as often as its sample rate says.
func TestStatsDExporterAgrees(t *testing.T) {
	server := testserver.StartStatsDExporter(t)
	e, err := statsdexport.New("unixgram://"+server.Socket, &statsdexport.Options{Format: statsdexport.DogStatsD})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	registry := load(t, e, 1_000_000)
	testserver.Eventually(t, "statsd_exporter has counted", func() error {
		of, err := scraped(server.URL)
		if err != nil {
			return err
		}
		return received(registry, of)
	})
}
