package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// sink is an exporter that keeps what it got and fails when it is told to.
type sink struct {
	batches []metrics.Batch
	fail    error
	dropped map[string]uint64
}

func (s *sink) Name() string { return "sink" }

func (s *sink) Export(ctx context.Context, b metrics.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.fail != nil {
		return s.fail
	}
	s.batches = append(s.batches, b)
	return nil
}

func (s *sink) Dropped() map[string]uint64 { return s.dropped }

// calls returns how many calls each batch brought, and checks that batches
// follow each other without a gap.
func (s *sink) calls(t *testing.T) (deltas []uint64) {
	t.Helper()
	var total uint64
	for i, b := range s.batches {
		var delta uint64
		for j := range b.Deltas {
			delta += b.Deltas[j].Calls()
			if b.Deltas[j].Name != b.Totals[j].Name {
				t.Error("deltas and totals aren't in the same order")
			}
		}
		deltas = append(deltas, delta)
		total += delta
		if got := metrics.Sum(slices.Values(b.Totals)).Calls(); got != total {
			t.Errorf("batch %d: total %d, deltas so far %d", i, got, total)
		}
		if i > 0 && !b.From.Equal(s.batches[i-1].To) {
			t.Errorf("batch %d is from %v, the one before to %v", i, b.From, s.batches[i-1].To)
		}
	}
	return deltas
}

// pushing runs Push until its context ends, and returns how to end it.
func pushing(t *testing.T, g *metrics.Registry, e metrics.Exporter, every time.Duration) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- metrics.Push(ctx, g, e, every) }()
	return func() error {
		cancel()
		return <-done
	}
}

func TestPushSendsChangesAndFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := metrics.NewRegistry()
		r := newRecorder("f", metrics.RecorderOptions{})
		_ = g.Register(r)
		record(r, 1)
		fast, slow := new(sink), new(sink)
		stopFast, stopSlow := pushing(t, g, fast, time.Second), pushing(t, g, slow, 2*time.Second)
		for i := range 4 {
			time.Sleep(900 * time.Millisecond)
			record(r, 10*(i+1))
			late := newRecorder("late", metrics.RecorderOptions{})
			_ = g.Register(late)
			record(late, 100)
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		record(r, 5)
		if err := stopFast(); err != nil {
			t.Error(err)
		}
		if err := stopSlow(); err != nil {
			t.Error(err)
		}
		// Neither took anything from the other, and the last counts went out.
		if got := fast.calls(t); !slices.Equal(got, []uint64{111, 120, 130, 140, 5}) {
			t.Errorf("fast: %v", got)
		}
		if got := slow.calls(t); !slices.Equal(got, []uint64{231, 270, 5}) {
			t.Errorf("slow: %v", got)
		}
	})
}

func TestPushRepeatsWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := metrics.NewRegistry()
		r := newRecorder("f", metrics.RecorderOptions{})
		_ = g.Register(r)
		s := new(sink)
		stop := pushing(t, g, s, time.Second)
		for i, fail := range []error{nil, errors.New("no route"), context.DeadlineExceeded, nil} {
			s.fail = fail
			s.dropped = map[string]uint64{"queue_full": uint64(i)}
			record(r, 1)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		record(r, 1)
		s.fail = errors.New("still no route")
		if err := stop(); err == nil || err.Error() != "still no route" {
			t.Errorf("the flush failed, but Push says %v", err)
		}
		if got := s.calls(t); !slices.Equal(got, []uint64{1, 3}) {
			t.Errorf("%v", got)
		}
		want := []metrics.ExportStat{
			{Exporter: "sink", Reason: "error", Errors: 2},
			{Exporter: "sink", Reason: "queue_full", Dropped: 3},
			{Exporter: "sink", Reason: "timeout", Errors: 1},
		}
		var accounting metrics.ExportAccounting = g
		if got := accounting.ExportStats(); !slices.Equal(got, want) {
			t.Errorf("%+v", got)
		}
		// Pushed to again, it goes on where it was.
		s.fail = nil
		record(r, 1)
		if err := pushing(t, g, s, time.Hour)(); err != nil {
			t.Error(err)
		}
		if got := s.calls(t); !slices.Equal(got, []uint64{1, 3, 2}) {
			t.Errorf("%v", got)
		}
	})
}

// The last export has a context of its own: the program's is done already, and
// a system that doesn't answer must not hold the program up.
func TestPushBoundsTheFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		hanging := metrics.ExporterFunc(func(ctx context.Context, _ metrics.Batch) error {
			if ctx.Value(key{}) != "kept" {
				t.Error("the context's values are lost")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
		cancel()
		begin := time.Now()
		err := metrics.Push(ctx, metrics.NewRegistry(), hanging, time.Minute)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// A program that ends while an export is slow, with the next one due, has no
// export that can only fail: the last one follows.
func TestPushEndsWhenItsTimeHasCome(t *testing.T) {
	for range 30 { // which of the two is seen first is chance
		synctest.Test(t, func(t *testing.T) {
			over, exports := 0, 0
			slow := metrics.ExporterFunc(func(ctx context.Context, _ metrics.Batch) error {
				exports++
				if ctx.Err() != nil {
					over++
				}
				time.Sleep(3 * time.Second)
				return ctx.Err()
			})
			g := metrics.NewRegistry()
			stop := pushing(t, g, slow, time.Second)
			time.Sleep(2500 * time.Millisecond) // the first is under way, and the second is due
			if err := stop(); err != nil {
				t.Error(err)
			}
			if over != 0 || exports != 2 {
				t.Errorf("%d exports, %d of them with a context that was over", exports, over)
			}
		})
	}
}

func TestPushRefuses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g, s := metrics.NewRegistry(), new(sink)
	for what, err := range map[string]error{
		"registry": metrics.Push(ctx, nil, s, time.Second),
		"exporter": metrics.Push(ctx, g, nil, time.Second),
		"every 0s": metrics.Push(ctx, g, s, 0),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		stop := pushing(t, g, s, time.Hour)
		synctest.Wait()
		if err := metrics.Push(ctx, g, s, time.Hour); !errors.Is(err, metrics.ErrPushing) || !strings.Contains(err.Error(), "sink") {
			t.Errorf("the same exporter twice: %v", err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestBatchSelect(t *testing.T) {
	g := metrics.NewRegistry()
	for _, name := range []string{"a", "b", "c"} {
		r := newRecorder(name, metrics.RecorderOptions{})
		_ = g.Register(r)
		record(r, 1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := metrics.Push(ctx, g, metrics.ExporterFunc(func(_ context.Context, b metrics.Batch) error {
		part := b.Select(func(s metrics.Snapshot) bool { return s.Name != "b" })
		if len(part.Totals) != 2 || len(part.Deltas) != 2 || part.Deltas[1].Name != "c" || !part.To.Equal(b.To) {
			t.Errorf("%+v", part)
		}
		if all := b.Select(nil); len(all.Totals) != 3 {
			t.Errorf("%d of 3", len(all.Totals))
		}
		return nil
	}), time.Second)
	if err != nil {
		t.Error(err)
	}
}

// What belongs to no function is in a batch too: counters by what was added since
// the last one that was sent.
func TestPushTellsOfStoresAndExports(t *testing.T) {
	g, p := metrics.NewRegistry(), &pool{idle: 3, waits: 100}
	defer p.in(g)()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := new(sink)
	push := func(want ...string) {
		t.Helper()
		s.batches = nil
		if err := metrics.Push(ctx, g, s, time.Hour); (err != nil) != (s.fail != nil) {
			t.Error(err)
		}
		var got []string
		for _, b := range s.batches {
			for _, o := range b.Others {
				got = append(got, fmt.Sprint(o.Metric.OTel, o.Labels, o.Value))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	push("cachier.backend.pool_idle[{backend sql}] 3")
	p.waits += 5
	push("cachier.backend.pool_idle[{backend sql}] 3", "cachier.backend.waits[{backend sql}] 5")
	p.waits += 2
	s.fail = errors.New("no route")
	push()
	p.waits++
	p.idle = -1
	s.fail = nil
	push("cachier.export.errors[{exporter sink} {reason error}] 1", "cachier.backend.pool_idle[{backend sql}] -1", "cachier.backend.waits[{backend sql}] 3")
	s.dropped = map[string]uint64{"queue_full": 4}
	push("cachier.backend.pool_idle[{backend sql}] -1")
	push("cachier.dropped[{exporter sink} {reason queue_full}] 4", "cachier.backend.pool_idle[{backend sql}] -1")
}
