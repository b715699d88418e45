package metricstest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// datum is one series as it goes to memory.
type datum struct {
	series string
	gauge  bool
	value  float64
}

// memory is a target within the process. A request has the data of one function.
type memory struct {
	mu    sync.Mutex // protects what follows
	known map[string]float64
	left  int           // how many requests it takes; negative: all
	hung  chan struct{} // closed by Mend; nil: it answers
}

var errDown = errors.New("the target is down")

func (m *memory) take(ctx context.Context, request []datum) error {
	m.mu.Lock()
	hung := m.hung
	m.mu.Unlock()
	if hung != nil {
		select {
		case <-hung:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == 0 {
		return errDown
	}
	m.left--
	for _, d := range request {
		if d.gauge {
			m.known[d.series] = d.value
		} else {
			m.known[d.series] += d.value
		}
	}
	return nil
}

func (m *memory) target() metricstest.Target {
	locked := func(f func()) {
		m.mu.Lock()
		defer m.mu.Unlock()
		f()
	}
	return metricstest.Target{
		Received: func(s metricstest.Series) (value float64, ok bool) {
			locked(func() { value, ok = m.known[fmt.Sprintf("%q %q %s %v", s.Cache, s.Static, s.Metric.Name, s.Labels)] })
			return value, ok
		},
		Break: func(after int) { locked(func() { m.left = after }) },
		Hang:  func() { locked(func() { m.hung = make(chan struct{}) }) },
		Mend: func() {
			locked(func() {
				m.left = -1
				if m.hung != nil {
					close(m.hung)
					m.hung = nil
				}
			})
		},
	}
}

// exporter sends to a memory as it should, but for its faults.
type exporter struct {
	to *memory
	faults

	mu    sync.Mutex // protects what follows
	queue [][]datum
	drops map[string]uint64
	kept  metrics.Batch
	calls int
	names map[string]bool
}

func newExporter(f faults) (metrics.Exporter, metricstest.Target) {
	to := &memory{known: map[string]float64{}, left: -1}
	e := &exporter{to: to, faults: f, drops: map[string]uint64{}}
	return e, to.target()
}

func (e *exporter) Name() string {
	if e.renames {
		return fmt.Sprint("memory", e.calls)
	}
	return "memory"
}

func (e *exporter) Dropped() map[string]uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sharesDrops {
		return e.drops
	}
	return map[string]uint64{}
}

func (e *exporter) Export(ctx context.Context, b metrics.Batch) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls++
	ctx, b, err := e.before(ctx, b)
	if err != nil {
		return err
	}
	for len(e.queue) > 0 {
		if err := e.to.take(ctx, e.queue[0]); err != nil {
			if e.forgetsQueue {
				e.queue = nil
			}
			return err
		}
		e.queue = e.queue[1:]
	}
	for i, s := range b.Deltas {
		err := e.to.take(ctx, e.request(s, b.Totals[i]))
		switch {
		case err == nil:
		case e.swallows, e.dropsRest && i > 0:
			return nil
		case i == 0 || e.repeats:
			return err
		default:
			for j := range b.Deltas[i:] {
				e.queue = append(e.queue, e.request(b.Deltas[i+j], b.Totals[i+j]))
			}
			return nil
		}
	}
	if e.functionsOnly || len(b.Others) == 0 {
		return nil
	}
	var request []datum
	for _, s := range b.Others {
		name := fmt.Sprintf("%q %q %s %v", "", map[string]string(nil), s.Metric.Name, s.Labels)
		request = append(request, datum{name, s.Metric.Kind == metrics.KindGauge, s.Value})
	}
	return e.to.take(ctx, request) // the cases in which it fails have no others
}

// request has the data of one function.
func (e *exporter) request(delta, total metrics.Snapshot) (all []datum) {
	if e.totals {
		delta = total
	}
	for s := range delta.Series() {
		d := datum{
			series: fmt.Sprintf("%q %q %s %v", e.called(delta.Name), e.labelled(delta.Labels), s.Metric.Name, s.Labels),
			gauge:  s.Metric.Kind == metrics.KindGauge, value: s.Value,
		}
		if s.Metric.Kind == metrics.KindHistogram {
			d.value = float64(s.Buckets.Count)
		}
		if d, ok := e.sent(d); ok {
			all = append(all, d)
		}
	}
	return all
}
