package statsdexport_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"strings"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/metrics"
)

// A program pushes every ten seconds, and once more before it ends.
func Example() {
	server := exampleServer() // stands in for a StatsD server
	ctx, stop := context.WithCancel(context.Background())

	exporter, err := statsdexport.New(server.LocalAddr().String(), nil)
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- metrics.Push(ctx, metrics.Default(), exporter, 10*time.Second) }()

	square := cachier.Must(cachier.New("math.square", func(_ context.Context, n int) (int, error) { return n * n, nil }))
	defer square.Close(ctx)
	for range 3 {
		if _, err := square.Call(ctx, 7); err != nil {
			log.Fatal(err)
		}
	}

	stop()
	fmt.Println(<-done, exporter.Close())
	printLines(server, ".requests.")
	// Output:
	// <nil> <nil>
	// cachier.math--square.requests.hit:2|c
	// cachier.math--square.requests.miss.absent:1|c
}

// An agent of Datadog listens at a Unix socket or a port, and takes labels as
// tags. The counters of two functions are all that is wanted here.
func ExampleNew() {
	server := exampleServer()
	exporter, err := statsdexport.New("udp://"+server.LocalAddr().String(), &statsdexport.Options{
		Format:     statsdexport.DogStatsD,
		Labels:     map[string]string{"service": "shop"},
		Histograms: statsdexport.NoHistograms,
		Select: func(cache string, m *metrics.Metric) bool {
			return strings.HasPrefix(cache, "users.") && m.Kind == metrics.KindCounter
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer exporter.Close()

	registry := metrics.NewRegistry()
	for _, name := range []string{"users.fetch", "users.list", "orders"} {
		r, err := metrics.NewRecorder(name, metrics.RecorderOptions{})
		if err != nil {
			log.Fatal(err)
		}
		if err := registry.Register(r); err != nil {
			log.Fatal(err)
		}
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: time.Millisecond, Age: metrics.Unknown})
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := metrics.Push(ctx, registry, exporter, 10*time.Second); err != nil {
		log.Fatal(err)
	}
	printLines(server, "cachier.requests:")
	// Output:
	// cachier.requests:1|c|#cache:users.fetch,backend:memory,service:shop,outcome:miss,reason:expired
	// cachier.requests:1|c|#cache:users.list,backend:memory,service:shop,outcome:miss,reason:expired
}

// The original StatsD heeds sample rates in its counts alone. Spread over a
// hundred lines, the percentiles that it makes of a histogram are right too.
func ExampleOptions_resolution() {
	server := exampleServer()
	exporter, err := statsdexport.New(server.LocalAddr().String(), &statsdexport.Options{Resolution: 4})
	if err != nil {
		log.Fatal(err)
	}
	defer exporter.Close()

	registry := metrics.NewRegistry()
	r, err := metrics.NewRecorder("report", metrics.RecorderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if err := registry.Register(r); err != nil {
		log.Fatal(err)
	}
	for i := range 16 {
		took := 10 * time.Millisecond
		if i%4 == 0 {
			took = time.Second
		}
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: took, Age: metrics.Unknown})
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := metrics.Push(ctx, registry, exporter, 10*time.Second); err != nil {
		log.Fatal(err)
	}
	printLines(server, ".request.duration.")
	// Output:
	// cachier.report.request.duration.hit:9.693|ms|@0.25
	// cachier.report.request.duration.hit:9.693|ms|@0.25
	// cachier.report.request.duration.hit:9.693|ms|@0.25
	// cachier.report.request.duration.hit:956.7|ms|@0.25
}

// A dashboard finds a function by its escaped name.
func ExampleEscape() {
	fmt.Println("stats.timers.cachier." + statsdexport.Escape("users.fetch") + ".request.duration.hit.upper_90")
	// Output: stats.timers.cachier.users--fetch.request.duration.hit.upper_90
}

// Names that come back from a server are read the other way.
func ExampleUnescape() {
	name, err := statsdexport.Unescape("top-2D10")
	fmt.Println(name, err)
	// Output: top-10 <nil>
}

func exampleServer() net.PacketConn {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return conn
}

// printLines prints what has arrived and has the text in it, and closes the
// server.
func printLines(server net.PacketConn, text string) {
	defer server.Close()
	packet := make([]byte, 1<<16)
	for {
		if err := server.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			log.Fatal(err)
		}
		n, _, err := server.ReadFrom(packet)
		if err != nil {
			return // all there was is on this host already
		}
		for line := range strings.SplitSeq(string(packet[:n]), "\n") {
			if strings.Contains(line, text) {
				fmt.Println(line)
			}
		}
	}
}
