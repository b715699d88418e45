package statsdexport_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// plan is a connection on which the writes of certain numbers fail.
type plan struct {
	net.Conn // nil: only what is below is used
	fails    map[int]error
	writes   int
	taken    []string
	before   func() // of each write; nil: nothing
}

func (p *plan) Write(b []byte) (int, error) {
	p.writes++
	if p.before != nil {
		p.before()
	}
	if err := p.fails[p.writes]; err != nil {
		return 0, err
	}
	p.taken = append(p.taken, string(b))
	return len(b), nil
}

func (p *plan) Read([]byte) (int, error)         { return 0, os.ErrDeadlineExceeded }
func (p *plan) SetReadDeadline(time.Time) error  { return nil }
func (p *plan) SetWriteDeadline(time.Time) error { return nil }
func (p *plan) Close() error                     { return nil }

// over makes an exporter write to p.
func (p *plan) over(t *testing.T, o statsdexport.Options, udp bool) *statsdexport.Exporter {
	e := exporter(t, "127.0.0.1:9", &o)
	e.Through(func(context.Context) (net.Conn, error) { return p, nil }, udp)
	return e
}

// requests is a batch of so many lines, that make a packet each.
func requests(t *testing.T, lines int) (metrics.Batch, statsdexport.Options) {
	registry := metrics.NewRegistry()
	for i := range lines {
		r := traffic.Recorder(t, registry, fmt.Sprintf("f%d%s", i, strings.Repeat("_", 80)), metrics.RecorderOptions{})
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
	}
	return traffic.Batch(registry), statsdexport.Options{
		MaxPacket: 128, PacketRate: -1, Logger: slog.New(slog.DiscardHandler),
		Select: func(_ string, m *metrics.Metric) bool { return m.OTel == "cachier.requests" },
	}
}

var errDown = errors.New("down")

// Whichever write fails, all that was sent arrives once and in its order.
func TestPartSent(t *testing.T) {
	for _, udp := range []bool{false, true} {
		for fails := 1; fails <= 5; fails++ {
			p := &plan{fails: map[int]error{fails: errDown}}
			b, o := requests(t, 4)
			e := p.over(t, o, udp)
			err := e.Export(t.Context(), b)
			if first := fails == 1; first != errors.Is(err, errDown) {
				t.Errorf("write %d fails: %v", fails, err)
			}
			if err != nil { // nothing of it counts as sent
				err = e.Export(t.Context(), b)
			} else {
				err = e.Export(t.Context(), metrics.Batch{})
			}
			if err != nil {
				t.Errorf("write %d fails: %v", fails, err)
			}
			if want := statsdexport.Encoded(b, o); !slices.Equal(p.taken, want) {
				t.Errorf("write %d fails:\n%q, want\n%q", fails, p.taken, want)
			}
		}
	}
}

// Over UDP, a write that is refused says that the one before did not arrive.
func TestRefusedPacketIsSentAgain(t *testing.T) {
	refused := &net.OpError{Op: "write", Err: syscall.ECONNREFUSED}
	for fails := 2; fails <= 5; fails++ {
		p := &plan{fails: map[int]error{fails: refused}}
		b, o := requests(t, 4)
		e := p.over(t, o, true)
		err := e.Export(t.Context(), b)
		if second := fails == 2; second != (err != nil) {
			t.Errorf("write %d fails: %v", fails, err)
		}
		if err != nil || fails == 5 { // nothing, or a batch before, counts as sent
			err = e.Export(t.Context(), b)
		}
		if err != nil && fails != 5 {
			t.Errorf("write %d fails: %v", fails, err)
		}
		if err := e.Export(t.Context(), metrics.Batch{}); err != nil {
			t.Errorf("write %d fails: %v", fails, err)
		}
		want := statsdexport.Encoded(b, o)
		got := slices.Delete(p.taken, fails-2, fails-1) // what was lost
		if fails == 5 {
			if !slices.Equal(got, append(want[:3:3], want[3])) {
				t.Errorf("the last packet of a batch: %q", got)
			}
		} else if !slices.Equal(got, want) {
			t.Errorf("write %d fails:\n%q, want\n%q", fails, got, want)
		}
	}
}

// What has no room in the queue is counted, and told at Close as lost.
func TestQueueIsBounded(t *testing.T) {
	p := &plan{fails: map[int]error{3: errDown}}
	b, o := requests(t, 10)
	o.Queue = 5
	e := p.over(t, o, false)
	if err := e.Export(t.Context(), b); err != nil {
		t.Error(err)
	}
	if got := e.Dropped(); !maps.Equal(got, map[string]uint64{"queue_full": 3}) {
		t.Errorf("%v", got)
	}
	if err := e.Export(t.Context(), metrics.Batch{}); err != nil {
		t.Error(err)
	}
	if want := statsdexport.Encoded(b, o)[:7]; !slices.Equal(p.taken, want) {
		t.Errorf("%q, want %q", p.taken, want)
	}
	p.fails[p.writes+2], p.fails[p.writes+4] = errDown, errDown
	if err := e.Export(t.Context(), b); err != nil {
		t.Error(err)
	}
	if err := e.Close(); !errors.Is(err, errDown) || !strings.Contains(err.Error(), "4 packets") {
		t.Errorf("Close: %v", err)
	}
	if err := e.Export(t.Context(), b); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestTooLong(t *testing.T) {
	registry := metrics.NewRegistry()
	for _, name := range []string{"f", strings.Repeat("f", 200)} {
		r := traffic.Recorder(t, registry, name, metrics.RecorderOptions{})
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
	}
	_, o := requests(t, 0)
	p := &plan{fails: map[int]error{1: syscall.EMSGSIZE}}
	e := p.over(t, o, false)
	for range 2 {
		if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil {
			t.Error(err)
		}
	}
	if got := e.Dropped(); !maps.Equal(got, map[string]uint64{"too_long": 3}) {
		t.Errorf("%v", got)
	}
	if !slices.Equal(p.taken, []string{"cachier.f.requests.coalesced:1|c"}) {
		t.Errorf("%q", p.taken)
	}
}

// What is too long is given up with the batch that goes out, not with those that
// fail and come again.
func TestTooLongOnce(t *testing.T) {
	registry := metrics.NewRegistry()
	for _, name := range []string{"f", strings.Repeat("f", 200)} {
		r := traffic.Recorder(t, registry, name, metrics.RecorderOptions{})
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
	}
	_, o := requests(t, 0)
	p := &plan{fails: map[int]error{1: errDown, 2: errDown}}
	e := p.over(t, o, false)
	for i := range 3 {
		if err := e.Export(t.Context(), traffic.Batch(registry)); (err != nil) != (i < 2) {
			t.Error(err)
		}
	}
	if got := e.Dropped(); !maps.Equal(got, map[string]uint64{"too_long": 1}) {
		t.Errorf("%v", got)
	}
	// A packet that no network takes is no part that was sent.
	b, o := requests(t, 3)
	p = &plan{fails: map[int]error{1: syscall.EMSGSIZE, 2: errDown}}
	e = p.over(t, o, false)
	if err := e.Export(t.Context(), b); !errors.Is(err, errDown) || len(e.Dropped()) > 0 {
		t.Errorf("%v, %v", err, e.Dropped())
	}
	if err := e.Export(t.Context(), b); err != nil || len(p.taken) != 3 {
		t.Errorf("%v, %q", err, p.taken)
	}
}

// A program that ends in the midst of a batch loses nothing of it to the bound of
// the queue.
func TestCancelled(t *testing.T) {
	b, o := requests(t, 20)
	o.Queue = -1
	ctx, cancel := context.WithCancel(t.Context())
	p := &plan{before: cancel}
	e := p.over(t, o, false)
	if err := e.Export(ctx, b); err != nil || len(p.taken) != 1 {
		t.Errorf("%v after %d packets, want 1", err, len(p.taken))
	}
	if err := e.Close(); err != nil || len(e.Dropped()) > 0 {
		t.Errorf("%v, %v", err, e.Dropped())
	}
	if want := statsdexport.Encoded(b, o); !slices.Equal(p.taken, want) {
		t.Errorf("%q, want %q", p.taken, want)
	}
}
