package cloudwatchexport_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/traffic"
)

// ahead is a CloudWatch whose clock is that much ahead, and which refuses what was
// signed five minutes before, or after, its time. It counts what it takes.
type ahead struct {
	by    atomic.Int64
	taken atomic.Int64
}

func (a *ahead) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	now := time.Now().Add(time.Duration(a.by.Load()))
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || now.Sub(signed).Abs() > 5*time.Minute {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("\xa1\x66__type\x78\x19InvalidSignatureException"))
		return
	}
	a.taken.Add(1)
	_, _ = w.Write([]byte{0xa0})
}

// A wrong clock is no wrong credential: the client learns the time from the first
// answer, at the start and when the clock is set meanwhile.
func TestWrongClock(t *testing.T) {
	var a ahead
	a.by.Store(int64(time.Hour))
	server := httptest.NewServer(&a)
	defer server.Close()
	var log bytes.Buffer
	e, err := cloudwatchexport.New(t.Context(), connect(server.URL), &cloudwatchexport.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	registry, _ := one(t)
	for i, by := range []time.Duration{time.Hour, -3 * time.Hour, 0} {
		a.by.Store(int64(by))
		a.taken.Store(0)
		if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil || a.taken.Load() != 1 {
			t.Errorf("export %d, the clock is %v off: %v, %d requests were taken", i, by, err, a.taken.Load())
		}
	}
	if log.Len() > 0 {
		t.Errorf("the log says %s", &log)
	}
}
