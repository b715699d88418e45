package cwdata

import (
	"fmt"
	"iter"
	"slices"

	"github.com/cachier-go/cachier/metrics"
)

// Why data is given up.
const (
	TooManyLabels = "too_many_labels"
	TooLong       = "too_long"
	OutOfRange    = "out_of_range"
)

// Settings say what data is made of.
type Settings struct {
	Labels  map[string]string // of all data
	Choices []Choice          // nil: Ten
	Select  func(cache string, m *metrics.Metric) bool
}

// Set is the data that have their dimensions in common. Nothing in it is to be
// modified.
type Set struct {
	Dimensions []Dimension
	Data       []Datum
}

// Datum is what happened to one metric. It has a value, or values and how often
// each occurred.
type Datum struct {
	Name   string
	Unit   string // one of CloudWatch's
	Value  float64
	Values []float64
	Counts []float64
}

// Encoder makes data. It belongs to one goroutine at a time.
type Encoder struct {
	*naming
	chosen map[string][]chosen // by the metric's name in the catalogue
	keep   func(cache string, m *metrics.Metric) bool
	drop   func(reason string, data int)
	sums   []sum // of the function at hand
}

// NewEncoder returns one. Its errors begin with the setting that is wrong. Data
// that CloudWatch would refuse is handed to drop, by reason.
func NewEncoder(s Settings, drop func(reason string, data int)) (*Encoder, error) {
	if s.Choices == nil {
		s.Choices = Ten()
	}
	choices, err := choose(s.Choices)
	if err != nil {
		return nil, fmt.Errorf("Options.Metrics: %w", err)
	}
	if _, ok := s.Labels[""]; ok {
		return nil, fmt.Errorf("Options.Labels has one without a name")
	}
	e := &Encoder{naming: newNaming(s.Labels), chosen: choices, keep: s.Select, drop: drop}
	if reason := flaw(e.nobody()); reason != "" {
		return nil, fmt.Errorf("Options.Labels: %s: CloudWatch takes %d dimensions, their names of %d bytes, their values of %d",
			reason, mostDimensions, longestName, longestDimension)
	}
	return e, nil
}

// Batch yields the data of a batch: of one function after the other, and of what
// belongs to none.
func (e *Encoder) Batch(b metrics.Batch) iter.Seq[Set] {
	return func(yield func(Set) bool) {
		for _, delta := range b.Deltas {
			if !e.function(delta, yield) {
				return
			}
		}
		e.sums = e.sums[:0]
		for _, s := range b.Others {
			if e.wanted("", s) {
				e.sums = append(e.sums, sum{s.Metric, s.Labels, s.Value, s.Buckets})
			}
		}
		e.sets(e.nobody(), yield)
	}
}

// function yields the data of one function; false if yield has had enough.
func (e *Encoder) function(delta metrics.Snapshot, yield func(Set) bool) bool {
	e.sums = e.sums[:0]
	for s := range delta.Series() {
		choices := e.chosen[s.Metric.OTel]
		if len(choices) == 0 || !e.wanted(delta.Name, s) {
			continue
		}
		for _, c := range choices {
			if labels, ok := c.takes(s); ok {
				e.add(s, labels, c.folds)
			}
		}
	}
	return len(e.sums) == 0 || e.sets(e.naming.function(delta), yield)
}

// wanted reports whether a series has anything to say, to somebody.
func (e *Encoder) wanted(cache string, s metrics.Series) bool {
	switch s.Metric.Kind {
	case metrics.KindCounter:
		if s.Value == 0 {
			return false
		}
	case metrics.KindHistogram:
		if s.Buckets.Count == 0 {
			return false
		}
	}
	return e.keep == nil || e.keep(cache, s.Metric)
}

// sets yields what was added up, by the dimensions that it has.
func (e *Encoder) sets(function []Dimension, yield func(Set) bool) bool {
	slices.SortStableFunc(e.sums, func(a, b sum) int { return compareLabels(a.labels, b.labels) })
	for rest := e.sums; len(rest) > 0; {
		n := 1
		for n < len(rest) && slices.Equal(rest[n].labels, rest[0].labels) {
			n++
		}
		set := Set{Dimensions: of(function, rest[0].labels)}
		if reason := flaw(set.Dimensions); reason != "" {
			e.drop(reason, n)
		} else {
			set.Data = e.data(rest[:n])
		}
		rest = rest[n:]
		if len(set.Data) > 0 && !yield(set) {
			return false
		}
	}
	return true
}

// data makes data of sums.
func (e *Encoder) data(sums []sum) []Datum {
	all := make([]Datum, 0, len(sums))
	for _, s := range sums {
		d := Datum{Name: nameOf(*s.metric), Unit: unit(s.metric.Unit)}
		ok := len(d.Name) <= longestName
		if !ok {
			e.drop(TooLong, 1)
			continue
		}
		if s.metric.Kind == metrics.KindHistogram {
			d.Values, d.Counts = Values(s.buckets)
		} else if d.Value, ok = acceptable(s.value); !ok {
			e.drop(OutOfRange, 1)
			continue
		}
		all = append(all, d)
	}
	return all
}
