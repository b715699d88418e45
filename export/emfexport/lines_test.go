package emfexport_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/emfexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// What leaves the house, to the letter.
func TestLines(t *testing.T) {
	for name, o := range map[string]emfexport.Options{
		"ten": {},
		"all": {Metrics: emfexport.All(), Namespace: "Shop/Caches", Labels: map[string]string{"stage": "prod"}, Resolution: time.Second},
	} {
		registry := metrics.NewRegistry()
		r := traffic.Recorder(t, registry, `users "fetch"`, metrics.RecorderOptions{Labels: map[string]string{"reason": "größe\\"}})
		traffic.Misses(r, 3)
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: time.Second, Cost: 1500 * time.Millisecond})
		r.Wait(metrics.ScopeProcess, metrics.ResultOK, time.Millisecond)
		b := traffic.Batch(registry)
		b.To = time.UnixMilli(1574109732004)
		m := metrics.Reading{Name: "pool_idle", Unit: "{connection}"}.Metric()
		b.Others = []metrics.Series{{Metric: &m, Labels: []metrics.Label{{Name: "backend", Value: "redis"}}, Value: 4}}
		o.Select = func(_ string, m *metrics.Metric) bool { return m.OTel != "cachier.info" } // it has the version
		var got bytes.Buffer
		e, err := emfexport.New(&got, &o)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Export(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		golden := "testdata/" + name + ".jsonl"
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("the lines changed; see with: go test -update && git diff\n%s%v", got.Bytes(), err)
		}
	}
}

// More than a line may have goes out in several; the log holds them against the
// limits.
func TestManyOfAll(t *testing.T) {
	e, l := start(t, emfexport.Options{})
	registry := metrics.NewRegistry()
	r := traffic.Recorder(t, registry, "f", metrics.RecorderOptions{})
	n := 0
	for d := 1.0; d < 1e18; d *= 1.05 {
		r.Compute(metrics.Computation{Trigger: metrics.TriggerMiss, Duration: time.Duration(d)})
		n++
	}
	b := traffic.Batch(registry)
	for i := range 250 {
		m := metrics.Reading{Name: fmt.Sprint("reading", i), Unit: "{thing}"}.Metric()
		b.Others = append(b.Others, metrics.Series{Metric: &m, Value: float64(i)})
	}
	if err := e.Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	got, _ := l.of("compute.duration", map[string]string{"cache": "f"})
	if got.Count != float64(n) {
		t.Errorf("%v values, want %d", got.Count, n)
	}
	for i := range 250 {
		if got, ok := l.of(fmt.Sprint("backend.reading", i), nil); !ok || got.Last != float64(i) {
			t.Errorf("reading %d is %v (%v)", i, got.Last, ok)
		}
	}
}

func TestMaxLine(t *testing.T) {
	long := strings.Repeat("x", 1000)
	e, l := start(t, emfexport.Options{MaxLine: 4096, Metrics: emfexport.All(), Labels: map[string]string{"a": long}})
	registry := metrics.NewRegistry()
	traffic.Misses(traffic.Recorder(t, registry, "fits", metrics.RecorderOptions{}), 100)
	traffic.Misses(traffic.Recorder(t, registry, "doesn't", metrics.RecorderOptions{Labels: map[string]string{"b": long, "c": long, "d": long}}), 1)
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil {
		t.Fatal(err)
	}
	for _, line := range l.lines {
		if len(line)+1 > 4096 || strings.Contains(line, "doesn't") {
			t.Errorf("a line of %d bytes: %.200s", len(line)+1, line)
		}
	}
	if got, _ := l.of("compute.duration", map[string]string{"cache": "fits", "a": long, "trigger": "miss", "result": "ok"}); got.Count != 100 {
		t.Errorf("%v values", got.Count)
	}
	if n := e.Dropped()["too_long"]; n < 4 {
		t.Errorf("%d data were given up", n)
	}
}

// Values that CloudWatch does not take are given up, others are exact.
func TestNumbers(t *testing.T) {
	e, l := start(t, emfexport.Options{})
	var b metrics.Batch
	all := []float64{0, -2.5, 1e15, 1<<53 + 2, 1e21, 123456.789, math.NaN(), math.Inf(-1), 1e200}
	for i, v := range all {
		m := metrics.Reading{Name: fmt.Sprint("reading", i), Unit: "{thing}"}.Metric()
		b.Others = append(b.Others, metrics.Series{Metric: &m, Value: v})
	}
	if err := e.Export(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for i, v := range all[:6] {
		if got, ok := l.of(fmt.Sprint("backend.reading", i), nil); !ok || got.Last != v {
			t.Errorf("%v is %v (%v)", v, got.Last, ok)
		}
	}
	if n := e.Dropped()["out_of_range"]; n != 3 {
		t.Errorf("%d data were given up", n)
	}
}

// The queue has its bound, whatever the writer does, and however long.
func TestQueue(t *testing.T) {
	registry := metrics.NewRegistry()
	for i := range 300 {
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
	}
	b := traffic.Batch(registry)
	for _, queue := range []int{0, 10_000, -1} {
		e, l := start(t, emfexport.Options{Queue: queue})
		l.cut = 7
		l.breakAfter(10)
		if err := e.Export(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		l.cut = 0
		for range 10 {
			if err := e.Export(t.Context(), b); !errors.Is(err, errFull) {
				t.Fatal(err)
			}
			if n := e.Queued(); n > max(queue, 1000) && queue != 0 || n > 1<<20 {
				t.Fatalf("%d bytes wait", n)
			}
		}
		l.mend()
		if err := e.Export(t.Context(), metrics.Batch{}); err != nil || e.Queued() != 0 {
			t.Errorf("%v, %d bytes wait", err, e.Queued())
		}
		sum := 0
		for i := range 300 {
			for name, outcome := range map[string]string{"requests": "miss", "request.duration": "", "compute.duration": ""} {
				dimensions := map[string]string{"cache": fmt.Sprint("f", i)}
				if outcome != "" {
					dimensions["outcome"] = outcome
				}
				if _, ok := l.of(name, dimensions); ok {
					sum++
				}
			}
		}
		if lost := e.Dropped()["queue_full"]; sum+int(lost) != 900 || (lost == 0) != (queue == 0) {
			t.Errorf("queue %d: %d data have arrived, %d were given up", queue, sum, lost)
		}
	}
}

// writerFunc makes a writer of a function.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// A program that ends in the midst of a batch has all of it in the log.
func TestCancelled(t *testing.T) {
	registry := metrics.NewRegistry()
	for i := range 50 {
		traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l, writes := newJournal(t), 0
	e, err := emfexport.New(writerFunc(func(b []byte) (int, error) {
		writes++
		cancel()
		return l.Write(b)
	}), &emfexport.Options{Queue: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Export(ctx, traffic.Batch(registry)); err != nil || writes != 100 || e.Queued() != 0 || len(e.Dropped()) > 0 {
		t.Errorf("%v after %d lines, %d bytes wait, %v", err, writes, e.Queued(), e.Dropped())
	}
	if err := e.Export(ctx, traffic.Batch(registry)); !errors.Is(err, context.Canceled) || writes != 100 {
		t.Errorf("cancelled before: %v after %d lines", err, writes)
	}
}

// Close writes the rest, or says that it can't.
func TestClose(t *testing.T) {
	registry := metrics.NewRegistry()
	traffic.Misses(traffic.Recorder(t, registry, "f", metrics.RecorderOptions{}), 1)
	traffic.Misses(traffic.Recorder(t, registry, "g", metrics.RecorderOptions{}), 1)
	for _, mends := range []bool{true, false} {
		e, l := start(t, emfexport.Options{})
		l.breakAfter(1)
		if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil {
			t.Fatal(err)
		}
		if mends {
			l.mend()
		}
		if err := e.Close(); mends != (err == nil) || !mends && !errors.Is(err, errFull) {
			t.Errorf("%v", err)
		}
		if _, ok := l.of("compute.duration", map[string]string{"cache": "g"}); ok != mends {
			t.Errorf("the rest was written: %v", ok)
		}
		if err := e.Export(t.Context(), metrics.Batch{}); !errors.Is(err, emfexport.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("a second Close: %v", err)
		}
	}
}

// A mistake is an error at the start, and names what it is in.
func TestNewRefuses(t *testing.T) {
	for want, o := range map[string]emfexport.Options{
		"Options.Namespace":  {Namespace: "AWS/Caches"},
		"Options.Resolution": {Resolution: time.Hour},
		"Options.MaxLine":    {MaxLine: 100},
		"Options.Labels":     {Labels: map[string]string{"": "x"}},
		"Options.Metrics":    {Metrics: []emfexport.Metric{{Name: "hits"}}},
	} {
		if _, err := emfexport.New(os.Stdout, &o); err == nil || !strings.HasPrefix(err.Error(), "emfexport: "+want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := emfexport.New(nil, nil); err == nil || !strings.Contains(err.Error(), "os.Stdout") {
		t.Errorf("nil: %v", err)
	}
}
