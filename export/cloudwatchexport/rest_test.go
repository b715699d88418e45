package cloudwatchexport_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// Of a batch that was begun, the rest goes out with the next, or when the exporter
// is closed.
func TestRest(t *testing.T) {
	registry := metrics.NewRegistry()
	for i := range 1000 {
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
	}
	for _, closes := range []bool{false, true} {
		e, _, server := through(t, cloudwatchexport.Options{Attempts: 1})
		server.Break(1, unavailable)
		if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil || e.Queued() != 2 {
			t.Errorf("%v, %d requests wait", err, e.Queued())
		}
		server.Mend()
		err := error(nil)
		if closes {
			err = e.Close()
		} else {
			err = e.Export(t.Context(), metrics.Batch{})
		}
		data := 0
		for _, r := range server.Taken() {
			data += len(r.Data)
		}
		if err != nil || data != 3000 {
			t.Errorf("%v; %d data have arrived", err, data)
		}
		if !closes {
			continue
		}
		if err := e.Export(t.Context(), metrics.Batch{}); !errors.Is(err, cloudwatchexport.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
	e, _, server := through(t, cloudwatchexport.Options{Attempts: 1, Queue: -1})
	server.Break(1, unavailable)
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil || e.Dropped()["queue_full"] != 2000 {
		t.Errorf("%v, %v", err, e.Dropped())
	}
	e, _, server = through(t, cloudwatchexport.Options{Attempts: 1})
	server.Break(1, unavailable)
	_ = e.Export(t.Context(), traffic.Batch(registry)) // it queues
	if err := e.Close(); err == nil || !strings.Contains(err.Error(), "2 requests") {
		t.Errorf("Close: %v", err)
	}
}

// A program that ends in the midst of a batch loses nothing of it to the bound of
// the queue.
func TestCancelled(t *testing.T) {
	registry := metrics.NewRegistry()
	for i := range 1000 {
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	e, c, server := through(t, cloudwatchexport.Options{Queue: -1})
	c.before = func(int) { cancel() }
	if err := e.Export(ctx, traffic.Batch(registry)); err != nil || e.Queued() != 2 {
		t.Errorf("%v, %d requests wait, want 2", err, e.Queued())
	}
	if err := e.Export(t.Context(), metrics.Batch{}); err != nil || len(e.Dropped()) > 0 {
		t.Errorf("%v, %v", err, e.Dropped())
	}
	data := 0
	for _, r := range server.Taken() {
		data += len(r.Data)
	}
	if data != 3000 {
		t.Errorf("%d data have arrived, want 3,000", data)
	}
}

// A target that dies in the midst of a batch costs what the queue may have, and
// not more the longer it is away.
func TestDeadTargetIsBounded(t *testing.T) {
	registry := metrics.NewRegistry()
	for i := range 1500 {
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
	}
	e, _, server := through(t, cloudwatchexport.Options{Attempts: 1, Queue: 3})
	server.Break(1, unavailable)
	b := traffic.Batch(registry)
	if err := e.Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	held := heap()
	for range 10 {
		if err := e.Export(t.Context(), b); err == nil || e.Queued() != 3 {
			t.Fatalf("%v, %d requests wait, want 3", err, e.Queued())
		}
	}
	if more := int64(heap()) - int64(held); more > 1<<20 {
		t.Errorf("%d bytes more after 10 exports to a dead target", more)
	}
	server.Mend()
	if err := e.Export(t.Context(), metrics.Batch{}); err != nil {
		t.Fatal(err)
	}
	data := 0
	for _, r := range server.Taken() {
		data += len(r.Data)
	}
	if lost := e.Dropped()["queue_full"]; data != 4000 || lost != 500 {
		t.Errorf("%d data have arrived, %d were given up, of 4,500", data, lost)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
