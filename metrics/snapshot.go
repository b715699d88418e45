package metrics

import (
	"maps"
	"time"
)

// Snapshot is what a function's metrics were over a span of time. It is a
// value: it never changes, and it is what every exporter, page and report
// reads. Counters and histograms of two snapshots add and subtract exactly.
//
// The zero value is "no data": counts are 0, ratios NaN, histograms empty, and
// adding it changes nothing.
type Snapshot struct {
	Name     string            // the function; "" in the sum of several
	Backend  string            // kind of its store; "" in the sum of several
	Labels   map[string]string // static labels; of a sum those that all have
	Instance string            // the process, where a reader knows several; else ""
	Start    time.Time         // when counting began: the created timestamp of its series
	From, To time.Time         // the span this covers
	Sampling Sampling          // of memory hits

	data   *cells
	gauges *gaugeSet
}

// Snapshot returns everything since r was made. A nil *Recorder returns the
// zero Snapshot, which says "no data".
func (r *Recorder) Snapshot() Snapshot {
	if r == nil {
		return Snapshot{}
	}
	r.advance(time.Since(r.start))
	return r.snapshot(r.read(), r.start, time.Now())
}

// snapshot dresses a reading with what r knows of itself.
func (r *Recorder) snapshot(c *cells, from, to time.Time) Snapshot {
	g := unknownGauges
	if r.gauges != nil {
		r.gauges(&g)
	}
	set := newGaugeSet(r.name, g, to)
	set.inFlight, set.waiters = r.inFlight.read(), r.waiters.read()
	return Snapshot{
		Name: r.name, Backend: r.backend, Labels: maps.Clone(r.labels), Start: r.start,
		From: from, To: to, Sampling: r.sampling, data: c, gauges: set,
	}
}

// Plus returns the sum of s and t: of two functions, two instances or two
// spans. Counters and histograms add; so do gauges, except those of a shared
// store, of which the newest counts. It covers the time from the earlier From
// to the later To. It is commutative and associative, up to the rounding of
// floating-point sums.
func (s Snapshot) Plus(t Snapshot) Snapshot {
	if s.data == nil {
		return t
	}
	if t.data == nil {
		return s
	}
	return Snapshot{
		Name: same(s.Name, t.Name), Backend: same(s.Backend, t.Backend), Labels: common(s.Labels, t.Labels),
		Instance: same(s.Instance, t.Instance), Start: earlier(s.Start, t.Start),
		From: earlier(s.From, t.From), To: later(s.To, t.To), Sampling: s.Sampling.plus(t.Sampling),
		data: s.data.plus(t.data), gauges: s.gauges.plus(t.gauges),
	}
}

// Minus returns what happened between t, an earlier snapshot of the same
// function, and s. It has the names and gauges of s and covers the time from
// t.To on. Where t counts more than s, as after a restart, 0 is left.
func (s Snapshot) Minus(t Snapshot) Snapshot {
	if s.data == nil || t.data == nil {
		return s
	}
	s.data = s.data.minus(t.data)
	s.From = t.To
	return s
}

// same is what two names have in common: all or nothing.
func same(a, b string) string {
	if a == b {
		return a
	}
	return ""
}

func common(a, b map[string]string) map[string]string {
	if maps.Equal(a, b) {
		return a
	}
	both := map[string]string{}
	for k, v := range a {
		if w, ok := b[k]; ok && v == w {
			both[k] = v
		}
	}
	if len(both) == 0 {
		return nil
	}
	return both
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
