package fleet

import (
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// answer is an answer without parts yet.
func (f *reading) answer() *Answer {
	a := &Answer{Skipped: f.skipped}
	for _, m := range f.starts {
		a.Starts = append(a.Starts, m.Start)
	}
	return a
}

// cover widens the span that is covered.
func (a *Answer) cover(from, to time.Time) {
	if a.From.IsZero() || from.Before(a.From) {
		a.From = from
	}
	if to.After(a.To) {
		a.To = to
	}
}

// like is a snapshot of a function without its counts. Only what lives has
// gauges.
func (f *function) like(s *Start) metrics.Snapshot {
	like := metrics.Snapshot{Name: f.Name, Backend: f.Backend, Labels: f.Labels, Start: time.UnixMilli(f.Start), Sampling: f.Sampling}
	if s == nil {
		return like
	}
	like.Start = like.Start.Add(-s.Clock)
	like.Instance = s.Instance
	if s.State == Live {
		if with, err := like.WithGauges(f.Gauges, -s.Clock); err == nil {
			return with
		}
	}
	return like
}

// addTotal adds everything that a start has counted, or those that are gone.
func (a *Answer) addTotal(s *Start, t *total) {
	if t == nil {
		return
	}
	layout, err := metrics.ParseLayout(t.Layout)
	if err != nil {
		a.Skipped++
		return
	}
	for i := range t.Functions {
		f := &t.Functions[i]
		var sum metrics.Adder
		if err := sum.Add(f.packed, layout); err != nil {
			a.Skipped++
			continue
		}
		part := sum.Snapshot(f.like(s))
		part.From, part.To = part.Start, time.UnixMilli(t.At)
		if s != nil {
			part.From, part.To = s.Started, s.Written
		}
		a.cover(part.From, part.To)
		a.Parts = append(a.Parts, Part{s, part})
	}
}

// addWindow adds what a start has counted in a window.
func (a *Answer) addWindow(m member, w *windowed) {
	a.Skipped += w.skipped
	if w.from.IsZero() {
		return
	}
	a.cover(w.from, w.to)
	for i := range m.total.Functions {
		part := w.counts[i].Snapshot(m.total.Functions[i].like(m.Start))
		part.From, part.To = w.from, w.to
		a.Parts = append(a.Parts, Part{m.Start, part})
	}
}
