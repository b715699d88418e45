package statsdexport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
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
}

func (p *plan) Write(b []byte) (int, error) {
	p.writes++
	if err := p.fails[p.writes]; err != nil {
		return 0, err
	}
	p.taken = append(p.taken, string(b))
	return len(b), nil
}

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

// A server that is away costs one attempt a push, and one line a minute in the
// log; nothing is lost, whether it never was there or went.
func TestServerAway(t *testing.T) {
	var log bytes.Buffer
	_, o := requests(t, 0)
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	registry := metrics.NewRegistry()
	path := filepath.Join(t.TempDir(), "s")
	e := exporter(t, "unix://"+path, &o)
	r := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{})
	call := func() {
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
	}
	push := func() error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return metrics.Push(ctx, registry, e, time.Hour)
	}
	arrived := func(s *server, want ...string) {
		t.Helper()
		if got := s.waitFor(t, len(want)); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	call()
	if err := push(); err == nil {
		t.Error("nobody is there")
	}
	s := listenAt(t, "unixgram", path)
	call()
	if err := push(); err != nil {
		t.Error(err)
	}
	arrived(s, "cachier.f.requests.coalesced:2|c")
	s.stop()
	for range 3 {
		call()
		if err := push(); err == nil {
			t.Error("nobody is there any more")
		}
	}
	s = listenAt(t, "unixgram", path)
	if err := push(); err != nil {
		t.Error(err)
	}
	arrived(s, "cachier.f.requests.coalesced:3|c")
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines in the log:\n%s", n, &log)
	}
	if got := registry.ExportStats(); len(got) != 1 || got[0].Exporter != "statsd" || got[0].Errors != 4 {
		t.Errorf("%+v", got)
	}
}

// A UDP server on this host that goes and comes back misses nothing.
func TestUDPServerAway(t *testing.T) {
	registry := metrics.NewRegistry()
	r := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{})
	call := func() {
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
	}
	_, o := requests(t, 0)
	first := listen(t)
	e := exporter(t, first.addr, &o)
	push := func() error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return metrics.Push(ctx, registry, e, time.Hour)
	}
	call()
	if err := push(); err != nil {
		t.Error(err)
	}
	first.waitFor(t, 1)
	first.stop()
	failed := 0
	for range 10 {
		call()
		if push() != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Skip("this system doesn't tell of refused packets")
	}
	second := listenAt(t, "udp", first.target)
	count := func() (n int) {
		for _, line := range second.lines() {
			var k int
			if _, err := fmt.Sscanf(line, "cachier.f.requests.coalesced:%d|c", &k); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			n += k
		}
		return n
	}
	for range 3 { // the first may have to learn that an old packet was refused
		_ = push()
		call()
	}
	if err := push(); err != nil {
		t.Error(err)
	}
	eventually(t, func() error {
		if n := count(); n != 13 {
			return fmt.Errorf("%d of 13 calls arrived", n)
		}
		return nil
	})
}

// A server that takes nothing any more holds an export up for as long as its
// context allows, or for about a second.
func TestServerHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	conn, err := net.ListenPacket("unixgram", path) // nobody reads
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	b, o := requests(t, 2000)
	e := exporter(t, "unix://"+path, &o)
	begin := time.Now()
	if err := e.Export(t.Context(), b); err != nil { // a part was sent
		t.Error(err)
	}
	if err := e.Export(t.Context(), b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("two exports took %v", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := e.Export(ctx, b); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// Packets keep their distance.
func TestPacketRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plan{}
		b, o := requests(t, 1000)
		o.PacketRate = 100
		e := p.over(t, o, false)
		begin := time.Now()
		if err := e.Export(t.Context(), b); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < 9800*time.Millisecond || took > 10*time.Second {
			t.Errorf("1000 packets at 100 a second took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		if err := e.Export(ctx, b); err != nil || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if err := e.Close(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close, with more to send than a second allows: %v", err)
		}
	})
}
