package promexport_test

import (
	"bytes"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

var update = flag.Bool("update", false, "write the golden files anew")

// version is what depends on how the test was built.
var version = regexp.MustCompile(`version="[^"]*"`)

// scrape asks the handler as a server with this Accept header would.
func scrape(t testing.TB, source metrics.Source, accept string, opts ...promexport.Option) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	promexport.Handler(source, opts...).ServeHTTP(w, request)
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w
}

// TestText holds the whole text format, as curl shows it, against golden files.
func TestText(t *testing.T) {
	registry := metrics.NewRegistry()
	traffic.Everything(traffic.Recorder(t, registry, "reports", metrics.RecorderOptions{
		Backend: "redis", Labels: map[string]string{"team": "search"}, Gauges: traffic.Gauges,
	}), 3)
	traffic.Hits(traffic.Recorder(t, registry, "users.fetch", metrics.RecorderOptions{}), 3)
	for name, opts := range map[string][]promexport.Option{
		"native": nil, "classic": {promexport.WithClassicBuckets()},
	} {
		t.Run(name, func(t *testing.T) {
			got := version.ReplaceAll(scrape(t, registry, "", opts...).Body.Bytes(), []byte(`version="VERSION"`))
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("the text changed; see with: go test -update && git diff\n%s", difference(got, want))
			}
		})
	}
}

// difference shows the lines that only one of two texts has.
func difference(got, want []byte) string {
	var b strings.Builder
	only := func(mark string, x, y []byte) {
		for line := range strings.Lines(string(x)) {
			if !strings.Contains(string(y), line) {
				b.WriteString(mark + line)
			}
		}
	}
	only("- ", want, got)
	only("+ ", got, want)
	return b.String()
}

func TestLint(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: traffic.Gauges})
	traffic.Everything(r, 3)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(promexport.NewCollector(r, promexport.WithClassicBuckets()))
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestEveryMetricOfTheCatalogue makes sure that nothing of it is left out, and that names and help are its own.
func TestEveryMetricOfTheCatalogue(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{Gauges: traffic.Gauges})
	traffic.Everything(r, 2)
	got := gather(t, source{r, []metrics.ExportStat{{Exporter: "statsd", Reason: "timeout", Errors: 2, Dropped: 3}}})
	for _, m := range metrics.Catalog() {
		family, ok := got[m.Name]
		if !ok {
			t.Errorf("%s is missing", m.Name)
			continue
		}
		if family.GetHelp() != m.Help {
			t.Errorf("%s: help %q, want %q", m.Name, family.GetHelp(), m.Help)
		}
		if kind := strings.ToLower(family.GetType().String()); kind != m.Kind.String() {
			t.Errorf("%s is a %s, want a %v", m.Name, kind, m.Kind)
		}
		delete(got, m.Name)
	}
	for name := range got {
		t.Errorf("%s is not in the catalogue", name)
	}
}

// source is a Source that knows of exports to other systems.
type source struct {
	metrics.Source
	stats []metrics.ExportStat
}

func (s source) ExportStats() []metrics.ExportStat { return s.stats }
