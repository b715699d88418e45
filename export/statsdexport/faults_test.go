package statsdexport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
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
		if runtime.GOOS == "linux" {
			t.Fatal("no packet was refused, as far as anybody knows")
		}
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

// The last packet before a UDP server's end is missed at a new connection, which
// knows nothing of it, and at the end.
func TestUDPServerGone(t *testing.T) {
	registry := metrics.NewRegistry()
	r := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	push := func(e *statsdexport.Exporter) {
		t.Helper()
		r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
		if err := metrics.Push(over, registry, e, time.Hour); err != nil {
			t.Error(err) // one packet, of which nobody knows yet
		}
	}
	_, o := requests(t, 0)

	s := listen(t)
	s.stop()
	e := exporter(t, s.addr, &o)
	push(e)
	e.Redial()
	s = listenAt(t, "udp", s.target)
	push(e)
	if got, want := s.waitFor(t, 2), "cachier.f.requests.coalesced:1|c"; !slices.Equal(got, []string{want, want}) {
		t.Errorf("%q have arrived, want %q twice", got, want)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}

	s.stop()
	e = exporter(t, s.addr, &o)
	push(e)
	if err := e.Close(); !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "1 packets") {
		t.Errorf("Close: %v", err)
	}

	e = exporter(t, s.addr, &o)
	push(e)
	s = listenAt(t, "udp", s.target)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	s.waitFor(t, 1)
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
