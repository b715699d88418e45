package promexport_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// What Prometheus 2.42 and 3 send when told to take native histograms, and when not.
const (
	acceptProtobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited," +
		"application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5"
	acceptOpenMetrics = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
)

func TestHandlerNegotiates(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	traffic.Hits(r, 3)
	for accept, want := range map[string]string{
		"":                "text/plain; version=0.0.4",
		"text/html":       "text/plain; version=0.0.4",
		acceptOpenMetrics: "application/openmetrics-text; version=1.0.0",
		acceptProtobuf:    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
	} {
		if got := scrape(t, r, accept).Header().Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("Accept %q: got %q, want %q", accept, got, want)
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	w := httptest.NewRecorder()
	promexport.Handler(r).ServeHTTP(w, httptest.NewRequest("POST", "/metrics", strings.NewReader("x")))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("POST: status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	w = httptest.NewRecorder()
	promexport.Handler(nil).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "metrics.Default()") {
		t.Errorf("no source: status %d, %s", w.Code, w.Body)
	}
}

func TestServe(t *testing.T) {
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	traffic.Hits(r, 3)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- promexport.Serve(ctx, listener, r) }()
	url := "http://" + listener.Addr().String()
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/metrics":      {200, "cachier_requests_total{backend=\"memory\",cache=\"f\",outcome=\"hit\"} 3\n"},
		"/":             {200, `href="/metrics"`},
		"/metrics/":     {404, ""},
		"/metrics/x":    {404, ""},
		"/favicon.ico":  {404, ""},
		"/debug/pprof/": {404, ""},
	} {
		response, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != want.status || !strings.Contains(string(body), want.body) {
			t.Errorf("%s: %s, %v\n%s", path, response.Status, err, body)
		}
	}

	if err := promexport.ListenAndServe(ctx, listener.Addr().String(), r); err == nil ||
		!strings.Contains(err.Error(), "choose another port") {
		t.Errorf("a port in use: %v", err)
	}
	if err := promexport.ListenAndServe(ctx, "nowhere:at:all", r); err == nil {
		t.Error("a bad address is no error")
	}

	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if conn, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		conn.Close()
		t.Error("the port is still open")
	}
}

// TestStopBeforeStart serves with a context that has ended: it returns, and the listener is closed.
func TestStopBeforeStart(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := traffic.Recorder(t, nil, "f", metrics.RecorderOptions{})
	if err := promexport.Serve(ctx, listener, r); err != nil {
		t.Error(err)
	}
	if _, err := listener.Accept(); err == nil {
		t.Error("the listener is still open")
	}
}
