package integration_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// aged stores what was computed some time ago.
type aged struct {
	backend.Backend
	by time.Duration
}

func (a aged) Set(ctx context.Context, key string, e backend.Entry) error {
	e.Created, e.Expires = e.Created.Add(-a.by), e.Expires.Add(-a.by)
	return a.Backend.Set(ctx, key, e)
}

// Hosts whose clocks are five minutes off, each way, have the hits that those
// have whose clocks are right, whoever stored the values: here half of them are
// older than their time-to-live by a minute, and half younger.
func TestHostsWithWrongClocks(t *testing.T) {
	const each, ttl = 10, 2 * time.Minute
	call := func(t *testing.T, b backend.Backend, first int) *metrics.Recorder {
		f := cachier.Must(cachier.New("squares", square, quiet(cachier.WithBackend(b), cachier.WithNamespace("test"),
			cachier.WithTTL(ttl), cachier.WithTTLJitter(0), cachier.WithSizeInterval(-1))...))
		for n := first; n < 2*each; n++ {
			if _, err := f.Call(t.Context(), n); err != nil {
				t.Error(err)
			}
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		return f.Metrics()
	}
	offsets := []time.Duration{0, 5 * time.Minute, -5 * time.Minute}
	for store := range servers {
		t.Run(store, func(t *testing.T) {
			stores[store](t, t.TempDir()) // starts the server out of the bubbles
			for _, writer := range offsets {
				for _, reader := range offsets {
					dir := t.TempDir()
					host(t, writer, func(t *testing.T) {
						b := stores[store](t, dir)
						call(t, aged{b, ttl - time.Minute}, each)
						call(t, aged{b, ttl + time.Minute}, 0)
					})
					host(t, reader, func(t *testing.T) {
						s := call(t, stores[store](t, dir), 0).Snapshot()
						if hits := s.Requests(metrics.Hit); hits != each {
							t.Errorf("a host %v off wrote, one %v off had %d hits, want %d", writer, reader, hits, each)
						}
					})
				}
			}
		})
	}
}

// host runs f on a host whose clock is off: in a bubble, where time may be set
// and stands still while a server is waited for.
func host(t *testing.T, off time.Duration, f func(t *testing.T)) {
	now := time.Now().Add(off).UnixNano()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Duration(now - time.Now().UnixNano()))
		f(t)
	})
}
