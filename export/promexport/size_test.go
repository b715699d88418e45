package promexport_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// TestOnlyHitIsSmall counts what a function costs Prometheus that has only been hit: at most 60 series, in text too, where
// a histogram is three.
func TestOnlyHitIsSmall(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{
		Hits: func() uint64 { return 1000 },
		Gauges: func(g *metrics.Gauges) {
			g.Tiers[metrics.TierLocal] = metrics.TierGauges{Entries: 9, EntriesLimit: 10, Size: 1, SizeLimit: 2, SizeAge: 1}
		},
	})
	traffic.Hits(r, 100)
	for range 10 {
		r.SampleHit(metrics.HitSample{Weight: 100, Duration: 1, Age: 1, Cost: 1, Price: 1, Size: 1, KeyHash: 1})
	}
	for name, accept := range map[string]string{"text": "", "OpenMetrics": acceptOpenMetrics} {
		series := 0
		for line := range strings.Lines(scrape(t, r, accept).Body.String()) {
			if !strings.HasPrefix(line, "#") {
				series++
			}
		}
		if series > 60 {
			t.Errorf("%s: %d series, want at most 60", name, series)
		}
		t.Logf("%s: %d series", name, series)
	}
	series := 0
	for _, family := range gather(t, r) {
		series += len(family.GetMetric())
	}
	t.Logf("native: %d series", series)
}

// functions200 is what a large program has: 200 functions with every kind of event and full histograms.
func functions200(t testing.TB) metrics.Source {
	t.Helper()
	registry := metrics.NewRegistry()
	for i := range 200 {
		traffic.Everything(traffic.Recorder(t, registry, fmt.Sprintf("package%d.function%d", i/10, i),
			metrics.RecorderOptions{Gauges: traffic.Gauges}), 300)
	}
	return registry
}

func TestScrapeOf200IsSmall(t *testing.T) {
	source := functions200(t)
	for name, accept := range map[string]string{"text": "", "OpenMetrics": acceptOpenMetrics, "protobuf": acceptProtobuf} {
		size := scrape(t, source, accept).Body.Len()
		t.Logf("%s: %d bytes", name, size)
		if size > 3e6 {
			t.Errorf("%s: %d bytes, want at most 3 MB", name, size)
		}
	}
}

// BenchmarkScrape200 is a whole scrape over HTTP, as Prometheus does it: protobuf, compressed.
func BenchmarkScrape200(b *testing.B) {
	server := httptest.NewServer(promexport.Handler(functions200(b)))
	defer server.Close()
	for name, encoding := range map[string]string{"gzip": "gzip", "identity": "identity"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL, nil)
				if err != nil {
					b.Fatal(err)
				}
				request.Header.Set("Accept", acceptProtobuf)
				request.Header.Set("Accept-Encoding", encoding)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, response.Body)
				if err != nil || response.StatusCode != http.StatusOK {
					b.Fatal(response.Status, err)
				}
				response.Body.Close()
				b.ReportMetric(float64(n), "bytes/scrape")
			}
		})
	}
}
