package metricstest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// patience is how long something may take on a busy machine; soon is what
// "soon" means in a case about contexts, ten times over.
var (
	patience = 30 * time.Second
	soon     = 10 * time.Second
)

// session is one case under way. It drives the exporter as metrics.Push does,
// but when the case says so.
type session struct {
	testing.TB
	h        Harness
	exporter metrics.Exporter
	target   Target
	registry *metrics.Registry

	others map[string]other            // what belongs to no function
	sent   map[string]metrics.Snapshot // the cursor
	from   time.Time
	ends   int // functions made by settle
}

func begin(t testing.TB, h Harness) *session {
	s := &session{TB: t, h: h, registry: metrics.NewRegistry()}
	s.exporter, s.target = h.New(t)
	return s
}

// function makes one more.
func (s *session) function(name string, o metrics.RecorderOptions) *metrics.Recorder {
	s.Helper()
	r, err := metrics.NewRecorder(name, o)
	if err == nil {
		err = s.registry.Register(r)
	}
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// export hands the exporter one batch and moves the cursor if that succeeds.
func (s *session) export(ctx context.Context) error {
	b := metrics.Batch{From: s.from, To: time.Now()}
	sent := map[string]metrics.Snapshot{}
	for total := range s.registry.Snapshots() {
		id := fmt.Sprintf("%q %q", total.Name, total.Labels)
		sent[id] = total
		b.Totals = append(b.Totals, total)
		b.Deltas = append(b.Deltas, total.Minus(s.sent[id]))
	}
	b.Others = s.otherDeltas()
	to := b.To
	err := s.exporter.Export(ctx, b)
	// They were the exporter's until it returned.
	clear(b.Totals)
	clear(b.Deltas)
	clear(b.Others)
	if err == nil {
		s.sentOthers()
		s.sent, s.from = sent, to
	}
	return err
}

// push exports to a target that works.
func (s *session) push() {
	s.Helper()
	if err := s.export(s.Context()); err != nil {
		s.Errorf("Export: %v", err)
	}
}

// settle exports until all has arrived, and fails if it doesn't, or if more
// arrives.
func (s *session) settle() {
	s.Helper()
	s.eventually(func() error {
		if err := s.export(s.Context()); err != nil {
			return fmt.Errorf("an export fails: %w", err)
		}
		return s.arrived()
	})
	// What was sent twice, and late, comes before what is sent now.
	s.ends++
	traffic(s.function(fmt.Sprintf("the end %d", s.ends), metrics.RecorderOptions{}), 1)
	s.eventually(func() error {
		if err := s.export(s.Context()); err != nil {
			return fmt.Errorf("an export fails: %w", err)
		}
		return s.arrived()
	})
}

// eventually calls try until it returns nil.
func (s *session) eventually(try func() error) {
	s.Helper()
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.Fatal(err)
		}
		time.Sleep(pause)
	}
}

// arrived compares what the target has with what was counted.
func (s *session) arrived() error { return s.at(s.target) }

func (s *session) at(target Target) error {
	for id, want := range s.all() {
		got, ok := target.Received(id)
		if !ok && want == 0 && id.Metric.Kind == metrics.KindCounter {
			continue // nothing needs to be said of it
		}
		if !ok || got != want && (counts(id.Metric) || math.Abs(got-want) > 1e-6*math.Abs(want)) {
			return fmt.Errorf("the target has %v (known: %v) of %s %v of %q %q; want %v",
				got, ok, id.Metric.Name, id.Labels, id.Cache, id.Static, want)
		}
	}
	return nil
}

// other is a series of no function.
type other struct {
	metric      metrics.Metric
	labels      []metrics.Label
	value, sent float64
}

func (s *session) otherDeltas() (all []metrics.Series) {
	for _, name := range slices.Sorted(maps.Keys(s.others)) {
		o := s.others[name]
		if o.metric.Kind == metrics.KindCounter {
			o.value -= o.sent
		}
		all = append(all, metrics.Series{Metric: &o.metric, Labels: o.labels, Value: o.value})
	}
	return all
}

func (s *session) sentOthers() {
	for name, o := range s.others {
		o.sent = o.value
		s.others[name] = o
	}
}

// counts reports whether a metric has whole numbers, which arrive as they are;
// others may be rounded.
func counts(m *metrics.Metric) bool {
	return m.Kind == metrics.KindHistogram || strings.HasPrefix(m.Unit, "{")
}

// all yields every series that is to be sent, with what a target has of it in
// the end.
func (s *session) all() iter.Seq2[Series, float64] {
	return func(yield func(Series, float64) bool) {
		for _, o := range s.others {
			if s.h.Select != nil && !s.h.Select(&o.metric) {
				continue
			}
			if !yield(Series{Metric: &o.metric, Labels: o.labels}, o.value) {
				return
			}
		}
		for snapshot := range s.registry.Snapshots() {
			for one := range snapshot.Series() {
				if s.h.Select != nil && !s.h.Select(one.Metric) {
					continue
				}
				value := one.Value
				if one.Metric.Kind == metrics.KindHistogram {
					value = float64(one.Buckets.Count)
				}
				if !yield(Series{snapshot.Name, snapshot.Labels, one.Metric, one.Labels}, value) {
					return
				}
			}
		}
	}
}
