package metrics

import "time"

// Histogram is a distribution of durations. It is a value; the zero value is
// empty.
type Histogram struct{ b Buckets }

// Count returns how many durations there are. In an estimated histogram it is
// the weight of the sample, not a count to compute rates from.
func (h Histogram) Count() uint64 { return h.b.Count }

// Sum returns their sum; 0 when empty. One over 292 years is cut there;
// Buckets().Sum has it in seconds.
func (h Histogram) Sum() time.Duration { return duration(h.b.Sum) }

// Mean returns their mean; 0 when empty.
func (h Histogram) Mean() time.Duration { return duration(h.b.Mean()) }

// Quantile returns a duration within 4.4 % of the one at rank q*Count; 0 when
// empty. A q outside 0..1 counts as the nearer end.
func (h Histogram) Quantile(q float64) time.Duration { return duration(h.b.Quantile(q)) }

// Estimated reports whether it was made from a weighted sample.
func (h Histogram) Estimated() bool { return h.b.Estimated }

// Buckets returns the raw form, in seconds.
func (h Histogram) Buckets() Buckets { return h.b }

// Plus returns the distribution of all durations of h and o.
func (h Histogram) Plus(o Histogram) Histogram { return Histogram{h.b.Plus(o.b)} }

// SizeHistogram is a distribution of sizes in bytes. It is a value; the zero
// value is empty.
type SizeHistogram struct{ b Buckets }

// Count returns how many sizes there are.
func (h SizeHistogram) Count() uint64 { return h.b.Count }

// Sum returns their sum in bytes; 0 when empty.
func (h SizeHistogram) Sum() float64 { return h.b.Sum }

// Mean returns their mean in bytes; NaN when empty.
func (h SizeHistogram) Mean() float64 { return h.b.Mean() }

// Quantile returns a size within 4.4 % of the one at rank q*Count; NaN when
// empty. A q outside 0..1 counts as the nearer end.
func (h SizeHistogram) Quantile(q float64) float64 { return h.b.Quantile(q) }

// Estimated reports whether it was made from a weighted sample.
func (h SizeHistogram) Estimated() bool { return h.b.Estimated }

// Buckets returns the raw form, in bytes.
func (h SizeHistogram) Buckets() Buckets { return h.b }
