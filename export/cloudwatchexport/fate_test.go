package cloudwatchexport_test

import (
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/traffic"
)

// promised returns an exporter that never counts twice, over one attempt.
func promised(t *testing.T, url string, transport *http.Transport) *cloudwatchexport.Exporter {
	t.Helper()
	e, err := cloudwatchexport.New(t.Context(), cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: &url, Region: "eu-west-1", HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}), &cloudwatchexport.Options{
		AtMostOnce: true, Unchecked: true, Attempts: 1, Timeout: 500 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What answers may be a proxy that doesn't speak CloudWatch's protocol; the status
// says what became of the request.
func TestStatuses(t *testing.T) {
	registry, _ := one(t)
	for status, want := range map[int]string{
		http.StatusOK:                    "taken", // though the rest of the answer lacks
		http.StatusRequestEntityTooLarge: "refused",
		http.StatusInternalServerError:   "in_doubt",
		http.StatusBadGateway:            "in_doubt",
		http.StatusGatewayTimeout:        "in_doubt",
		http.StatusServiceUnavailable:    "", // it all comes again
		http.StatusTooManyRequests:       "",
		http.StatusForbidden:             "",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Content-Type", "application/cbor")
			if status != http.StatusOK {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Content-Length", "10")
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<p>No</p>\n")) // and the connection ends
		}))
		transport := &http.Transport{}
		e := promised(t, server.URL, transport)
		err := e.Export(t.Context(), traffic.Batch(registry))
		drops := e.Dropped()
		ok := err == nil && len(drops) == 1 && drops[want] == 3
		switch want {
		case "":
			ok = err != nil && len(drops) == 0
		case "taken":
			ok = err == nil && len(drops) == 0
		}
		if !ok {
			t.Errorf("%d: %v, %v, want %q", status, err, drops, want)
		}
		transport.CloseIdleConnections()
		server.Close()
	}
}

// A connection that was never there carried nothing, whoever hung.
func TestNeverWritten(t *testing.T) {
	t.Parallel() // it mostly waits
	registry, _ := one(t)
	silent := silence(t)
	strange := httptest.NewUnstartedServer(nil) // its certificate is nobody's
	strange.Config.ErrorLog = log.New(io.Discard, "", 0)
	strange.StartTLS()
	t.Cleanup(strange.Close)
	for name, test := range map[string]struct {
		url       string
		transport *http.Transport
	}{
		"a handshake that hangs": {"https://" + silent, &http.Transport{}},
		"a handshake that fails": {strange.URL, &http.Transport{}},
		"no address":             {"localhost:4566", &http.Transport{}},
		"a proxy that hangs":     {"https://cloudwatch.invalid", &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: silent})}},
	} {
		e := promised(t, test.url, test.transport)
		if err := e.Export(t.Context(), traffic.Batch(registry)); err == nil || len(e.Dropped()) > 0 {
			t.Errorf("%s: %v, %v", name, err, e.Dropped())
		}
		test.transport.CloseIdleConnections()
	}
	e := promised(t, "http://"+silent, &http.Transport{}) // over this one it was written
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil || e.Dropped()["in_doubt"] != 3 {
		t.Errorf("written: %v, %v", err, e.Dropped())
	}
}

// silence listens, takes what comes, and never says anything.
func silence(t *testing.T) (addr string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var taking sync.WaitGroup
	taking.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			taking.Go(func() {
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		taking.Wait() // until the clients have gone, which they have
	})
	return listener.Addr().String()
}
