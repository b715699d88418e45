package promexport

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cachier-go/cachier/metrics"
)

// Handler serves the metrics of source to Prometheus, at whatever path it is mounted on. It answers GET and HEAD, in the
// format that the scraper asks for: protobuf, which alone carries native histograms, OpenMetrics, or text. What can't be
// collected is a response with status 500 that says why.
//
// The handler has a registry of its own and touches no other. A program that serves other metrics too registers a
// [Collector] instead.
func Handler(source metrics.Source, opts ...Option) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewCollector(source, opts...)) // describes nothing, so it can't clash
	scrape := promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		CoalesceGather:    true, // two Prometheus servers that scrape at once cost one collection
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		scrape.ServeHTTP(w, r)
	})
}
