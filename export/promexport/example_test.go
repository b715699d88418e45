package promexport_test

import (
	"context"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/metrics"
)

// From a function to a port that Prometheus scrapes.
func ExampleListenAndServe() {
	ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond) // a program has signal.NotifyContext here
	defer stop()

	users := cachier.Must(cachier.New("users.fetch", fetchUser))
	err := promexport.ListenAndServe(ctx, "127.0.0.1:0", users.Metrics()) // a program has a port of its own, such as 9464
	fmt.Println(err)
	// Output: <nil>
}

// On a listener that is there already.
func ExampleServe() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- promexport.Serve(ctx, listener, metrics.Default()) }()

	response, err := http.Get("http://" + listener.Addr().String() + "/metrics")
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	fmt.Println(response.Status)
	stop()
	fmt.Println(<-ended)
	// Output:
	// 200 OK
	// <nil>
}

// In a program that has an HTTP server.
func ExampleHandler() {
	registry := metrics.NewRegistry() // a program leaves this out and has metrics.Default() below
	users := cachier.Must(cachier.New("users.fetch", fetchUser, cachier.WithRegistry(registry)))
	call(users, 42, 42, 42)

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promexport.Handler(registry))
	show(mux, "cachier_requests_total", `outcome="hit"`, `reason="absent"`)
	// Output:
	// cachier_requests_total{backend="memory",cache="users.fetch",outcome="hit"} 2
	// cachier_requests_total{backend="memory",cache="users.fetch",outcome="miss",reason="absent"} 1
}

// Beside the other metrics of a program.
func ExampleNewCollector() {
	functions := metrics.NewRegistry() // a program leaves this out and has metrics.Default() below
	users := cachier.Must(cachier.New("users.fetch", fetchUser, cachier.WithRegistry(functions)))
	call(users, 42, 42)

	registry := prometheus.NewRegistry() // or prometheus.DefaultRegisterer
	logins := prometheus.NewCounter(prometheus.CounterOpts{Name: "logins_total", Help: "Logins."})
	registry.MustRegister(logins, promexport.NewCollector(functions))
	show(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), "cachier_requests_total", `outcome="hit"`)
	// Output:
	// cachier_requests_total{backend="memory",cache="users.fetch",outcome="hit"} 1
}

// Some functions and not all.
func ExampleFunctions() {
	users := cachier.Must(cachier.New("users.fetch", fetchUser))
	reports := cachier.Must(cachier.New("reports.build", fetchUser))
	call(reports, 1, 1)

	source, err := promexport.Functions(users, reports)
	if err != nil {
		fmt.Println(err)
		return
	}
	show(promexport.Handler(source), "cachier_requests_total", `outcome="hit"`)

	bare := cachier.Must(cachier.New("bare", fetchUser, cachier.WithoutMetrics()))
	_, err = promexport.Functions(users, bare)
	fmt.Println(err != nil)
	// Output:
	// cachier_requests_total{backend="memory",cache="reports.build",outcome="hit"} 1
	// cachier_requests_total{backend="memory",cache="users.fetch",outcome="hit"} 0
	// true
}

// Quantiles for a scraper that can't read native histograms.
func ExampleWithClassicBuckets() {
	reports := cachier.Must(cachier.New("reports.classic", fetchUser))
	call(reports, 1, 2)
	show(promexport.Handler(reports.Metrics(), promexport.WithClassicBuckets()),
		"cachier_compute_duration_seconds_bucket", `le="64"`)
	// Output:
	// cachier_compute_duration_seconds_bucket{backend="memory",cache="reports.classic",result="ok",trigger="miss",le="64"} 2
}

// Counters alone, without the gauges and histograms.
func ExampleWithSelect() {
	reports := cachier.Must(cachier.New("reports.select", fetchUser))
	call(reports, 1, 1)
	show(promexport.Handler(reports.Metrics(), promexport.WithSelect(func(_ string, m *metrics.Metric) bool {
		return m.Kind == metrics.KindCounter
	})), "cachier_", "duration", `result="ok"`)
	// Output:
	// cachier_tier_lookups_total{backend="memory",cache="reports.select",result="ok",tier="local"} 1
}

// The instances of a fleet kept apart.
func ExampleWithInstance() {
	reports := cachier.Must(cachier.New("reports.fleet", fetchUser))
	call(reports, 1, 1)
	here := reports.Metrics().Snapshot()
	here.Instance = "host-a"
	fleet := metrics.SourceFunc(func() iter.Seq[metrics.Snapshot] { return slices.Values([]metrics.Snapshot{here}) })
	show(promexport.Handler(fleet, promexport.WithInstance()), "cachier_requests_total", `outcome="hit"`)
	// Output:
	// cachier_requests_total{backend="memory",cache="reports.fleet",instance="host-a",outcome="hit"} 1
}

type user struct{ Name string }

func fetchUser(_ context.Context, id int) (user, error) {
	return user{fmt.Sprintf("user %d", id)}, nil
}

func call(f *cachier.Func[int, user], ids ...int) {
	for _, id := range ids {
		if _, err := f.Call(context.Background(), id); err != nil {
			fmt.Println(err)
		}
	}
}

// show prints the series of a scrape whose name begins as given and whose labels contain one of the texts.
func show(h http.Handler, name string, texts ...string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, name) &&
			slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(line, text) }) {
			fmt.Print(line)
		}
	}
}
