package statsdexport_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

var update = flag.Bool("update", false, "write the golden files anew")

// version is what depends on how the test was built.
var version = regexp.MustCompile(`(info\.)[^.]*|(version:)[^,]*`)

// sent returns all lines of one batch.
func sent(t testing.TB, b metrics.Batch, o statsdexport.Options) []string {
	t.Helper()
	s := listenUnix(t) // loses nothing
	o.MaxPacket = 8192
	if err := exporter(t, s.addr, &o).Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	end := metrics.NewRegistry() // what comes last
	traffic.Recorder(t, end, "end", metrics.RecorderOptions{})
	if err := exporter(t, s.addr, &statsdexport.Options{Prefix: "end"}).Export(t.Context(), traffic.Batch(end)); err != nil {
		t.Fatal(err)
	}
	var lines []string
	eventually(t, func() error {
		lines = s.lines()
		if len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], "end.") {
			return fmt.Errorf("%d lines without the last", len(lines))
		}
		return nil
	})
	return lines[:len(lines)-1]
}

func mixed(t testing.TB) metrics.Batch {
	registry := metrics.NewRegistry()
	traffic.Everything(traffic.Recorder(t, registry, "reports", metrics.RecorderOptions{
		Backend: "redis", Labels: map[string]string{"team": "search", "reason": "a, b"}, Gauges: traffic.Gauges,
	}), 3)
	r := traffic.Recorder(t, registry, "users.fetch", metrics.RecorderOptions{Hits: func() uint64 { return 1_000_000 }})
	r.SampleHit(metrics.HitSample{Weight: 49, Duration: 100, Age: metrics.Unknown})
	b := traffic.Batch(registry)
	idle := metrics.Reading{Name: "pool_idle_connections", Unit: "{connection}"}.Metric()
	dropped := metrics.Catalog()[slices.IndexFunc(metrics.Catalog(), func(m metrics.Metric) bool { return m.OTel == "cachier.dropped" })]
	b.Others = []metrics.Series{
		{Metric: &dropped, Labels: []metrics.Label{{Name: "exporter", Value: "statsd"}, {Name: "reason", Value: "too_long"}}, Value: 3},
		{Metric: &idle, Labels: []metrics.Label{{Name: "backend", Value: "redis"}}, Value: -1.5},
	}
	return b
}

// All lines, against golden files.
func TestLines(t *testing.T) {
	for name, o := range map[string]statsdexport.Options{
		"plain":     {},
		"dogstatsd": {Format: statsdexport.DogStatsD},
		"options": {
			Prefix: "shop.cache", Labels: map[string]string{"pod": "a-1", "team": "none"}, Histograms: statsdexport.SampledHistograms,
			Select: func(cache string, m *metrics.Metric) bool {
				return (cache == "reports" || cache == "") && (m.Kind != metrics.KindHistogram || m.OTel == "cachier.request.duration")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(sent(t, mixed(t), o), "\n") + "\n"
			got = version.ReplaceAllString(got, "${1}${2}VERSION")
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the lines changed; see with: go test -update && git diff\n%s", got)
			}
		})
	}
}

// Every metric of a function is sent, under the name of the catalogue.
func TestEveryMetricOfTheCatalogue(t *testing.T) {
	registry := metrics.NewRegistry()
	r := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{Gauges: traffic.Gauges})
	traffic.Everything(r, 1)
	text := "\n" + strings.Join(sent(t, traffic.Batch(registry), statsdexport.Options{Format: statsdexport.DogStatsD}), "\n")
	for _, m := range metrics.Catalog() {
		if m.OTel == "cachier.export.errors" || m.OTel == "cachier.dropped" {
			continue // of a registry
		}
		if !strings.Contains(text, "\n"+m.OTel+":") {
			t.Errorf("%s isn't sent", m.OTel)
		}
	}
}

// A server that divides one by the sample rates has the count to the last one,
// and no line's rate has an exponent.
func TestHistogramCounts(t *testing.T) {
	for _, resolution := range []int{0, 1, 100} {
		for n := uint64(1); n < 1<<40; n = n*5/4 + 1 {
			registry := metrics.NewRegistry()
			r := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{})
			r.SampleHit(metrics.HitSample{Weight: n, Duration: 100, Age: metrics.Unknown})
			r.SampleHit(metrics.HitSample{Weight: 1, Duration: 1e9, Age: metrics.Unknown})
			var count float64
			lines := 0
			for _, line := range statsdexport.Encoded(traffic.Batch(registry), statsdexport.Options{Resolution: resolution, Histograms: statsdexport.Timers}) {
				name, rest, _ := strings.Cut(line, ":")
				if name != "cachier.f.request.duration.hit" {
					continue
				}
				lines++
				fields := strings.Split(rest, "|")
				rate := 1.0
				if len(fields) > 2 {
					if strings.Contains(fields[2], "e") {
						t.Fatal(line)
					}
					var err error
					if rate, err = strconv.ParseFloat(fields[2][1:], 64); err != nil {
						t.Fatal(err)
					}
				}
				if weight := 1 / rate; weight == float64(uint64(weight)) {
					count += weight
				} else {
					t.Fatalf("%s stands for %v", line, weight)
				}
			}
			if count != float64(n+1) {
				t.Fatalf("%v of %d", count, n+1)
			}
			if most := max(5, resolution+5); lines > most {
				t.Fatalf("%d in %d lines", n, lines)
			}
		}
	}
}

// What a line says of a bucket is in the bucket, whatever the unit.
func TestHistogramValues(t *testing.T) {
	for d := time.Duration(1); d < 1e18; d = d*3/2 + 1 {
		registry := metrics.NewRegistry()
		r := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{})
		r.SampleHit(metrics.HitSample{Weight: 1, Duration: d, Age: metrics.Unknown})
		for kind, unit := range map[statsdexport.Histograms]time.Duration{
			statsdexport.Timers: time.Millisecond, statsdexport.Distributions: time.Second,
		} {
			o := statsdexport.Options{Histograms: kind, Select: func(_ string, m *metrics.Metric) bool { return m.Kind == metrics.KindHistogram }}
			lines := statsdexport.Encoded(traffic.Batch(registry), o)
			if len(lines) != 1 {
				t.Fatalf("%q", lines)
			}
			_, rest, _ := strings.Cut(lines[0], ":")
			text, _, _ := strings.Cut(rest, "|")
			value, err := strconv.ParseFloat(text, 64)
			if err != nil || strings.Contains(text, "e") {
				t.Fatalf("%s: %v", lines[0], err)
			}
			value *= unit.Seconds()
			if metrics.BucketIndex(value) != metrics.BucketIndex(d.Seconds()) {
				t.Errorf("%v is sent as %v", d, value)
			}
		}
	}
}

// A gauge with a sign is a change of the last value.
func TestNegativeGauge(t *testing.T) {
	if got, want := statsdexport.Gauge(-2.5), "p.g:0|g\np.g:-2.5|g"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := statsdexport.Gauge(math.Copysign(0, -1)), "p.g:0|g"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := statsdexport.Gauge(1e21), "p.g:1000000000000000000000|g"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
