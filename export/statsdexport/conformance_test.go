package statsdexport_test

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/internal/exporttest"
	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// The whole suite, in both formats, over real sockets, and over a connection
// that fails when it is told to.
func TestConformance(t *testing.T) {
	for name, o := range map[string]statsdexport.Options{
		"plain":     {Resolution: 10},
		"dogstatsd": {Format: statsdexport.DogStatsD},
	} {
		for network, start := range map[string]func(testing.TB) *server{"udp": listen, "unixgram": listenUnix} {
			t.Run(name+"/"+network, func(t *testing.T) {
				metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
					s := start(t)
					s.format = o.Format
					t.Cleanup(s.legible(t))
					return exporter(t, s.addr, &o), metricstest.Target{Received: s.received}
				}})
			})
		}
		t.Run(name+"/failing", func(t *testing.T) {
			o.MaxPacket = 512 // so that there are many
			metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
				f := &failing{left: -1}
				f.format = o.Format
				t.Cleanup(f.legible(t))
				e := exporter(t, "127.0.0.1:9", &o)
				e.Through(func(context.Context) (net.Conn, error) { return f, nil }, false)
				return e, metricstest.Target{Received: f.received, Break: f.breakAfter, Hang: f.hang, Mend: f.mend}
			}})
		})
	}
}

// legible returns a check that every line could be read.
func (t *tally) legible(tb testing.TB) func() {
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.wrong != nil {
			tb.Error(t.wrong)
		}
	}
}

// failing is a connection to a tally that can be made to fail and to hang.
type failing struct {
	net.Conn // nil: only what is below is used
	tally

	mu       sync.Mutex // protects what follows
	left     int        // how many packets it takes; negative: all
	hangs    bool
	deadline time.Time
}

var errFailing = errors.New("told to fail")

func (f *failing) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.hangs {
		if time.Now().After(f.deadline) {
			return 0, os.ErrDeadlineExceeded
		}
		f.mu.Unlock()
		time.Sleep(time.Millisecond)
		f.mu.Lock()
	}
	if f.left == 0 {
		return 0, errFailing
	}
	f.left--
	f.add(string(b))
	return len(b), nil
}

func (f *failing) SetWriteDeadline(t time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deadline = t
	return nil
}

func (f *failing) Close() error { return nil }

func (f *failing) breakAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = n
}

func (f *failing) hang() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hangs = true
}

func (f *failing) mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.hangs = -1, false
}

func TestConcurrent(t *testing.T) {
	s := listenUnix(t)
	e := exporter(t, s.addr, &statsdexport.Options{Select: func(_ string, m *metrics.Metric) bool { return m.OTel == "cachier.requests" }})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // or a server that is slow would fail them
	defer cancel()
	exporttest.Concurrently(ctx, t, e, net.ErrClosed, func(cache string) float64 {
		s.tally.mu.Lock()
		defer s.tally.mu.Unlock()
		return s.known["cachier."+cache+".requests.coalesced|"]
	})
}
