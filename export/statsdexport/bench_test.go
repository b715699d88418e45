package statsdexport_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// A whole push of 1,000 functions, each with a few calls since the last one: the
// snapshots, their differences, the lines and the sending. The budget is 100 ms
// of processor time and 16 MiB; what pace waits for is left out.
func BenchmarkPush(b *testing.B) {
	for name, o := range map[string]statsdexport.Options{"plain": {}, "dogstatsd": {Format: statsdexport.DogStatsD}} {
		b.Run(name, func(b *testing.B) {
			s := listenUnread(b)
			o.PacketRate = -1
			e := exporter(b, s, &o)
			registry := metrics.NewRegistry()
			var all []*metrics.Recorder
			for i := range 1000 {
				all = append(all, traffic.Recorder(b, registry, fmt.Sprintf("service.function%d", i), metrics.RecorderOptions{Gauges: traffic.Gauges}))
			}
			ctx, cancel := context.WithCancel(b.Context())
			cancel()
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for _, r := range all {
					traffic.Few(r)
				}
				b.StartTimer()
				if err := metrics.Push(ctx, registry, e, time.Hour); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// listenUnread is a server that has no time to read: what is too much for it,
// the system throws away.
func listenUnread(t testing.TB) (addr string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.LocalAddr().String()
}
