package statsdexport

import (
	"math"
	"strconv"

	"github.com/cachier-go/cachier/metrics"
)

// encoder makes lines of snapshots.
type encoder struct {
	*naming
	histograms Histograms
	resolution int
	keep       func(cache string, m *metrics.Metric) bool

	name, own []byte // the name and the tags of the series at hand
	line      []byte // made last
}

func newEncoder(o Options) *encoder {
	return &encoder{naming: newNaming(o), histograms: o.Histograms, resolution: o.Resolution, keep: o.Select}
}

// function packs the lines of one function, of what it did since the last
// batch.
func (e *encoder) function(delta metrics.Snapshot, to *packer) {
	e.naming.function(delta)
	for s := range delta.Series() {
		e.series(delta.Name, s, to)
	}
}

// others packs what belongs to no function.
func (e *encoder) others(all []metrics.Series, to *packer) {
	e.nobody()
	for _, s := range all {
		e.series("", s, to)
	}
}

// series packs one series of what naming has begun.
func (e *encoder) series(cache string, s metrics.Series, to *packer) {
	if e.leftOut(cache, s) {
		return
	}
	e.name, e.own = e.appendName(e.name[:0], s), e.appendTags(e.own[:0], s)
	switch s.Metric.Kind {
	case metrics.KindCounter:
		to.add(e.datum(s.Value, exact, "|c", 1))
	case metrics.KindGauge:
		to.add(e.gauge(s.Value))
	case metrics.KindHistogram:
		e.histogram(s, to)
	}
}

// leftOut reports whether a series is not to be sent: a counter or histogram has
// nothing new, or nobody wants it.
func (e *encoder) leftOut(cache string, s metrics.Series) bool {
	switch s.Metric.Kind {
	case metrics.KindCounter:
		if s.Value == 0 {
			return true
		}
	case metrics.KindHistogram:
		if s.Buckets.Count == 0 || e.histograms == NoHistograms {
			return true
		}
	}
	return e.keep != nil && !e.keep(cache, s.Metric)
}

// gauge returns the line of a value of this moment. One with a sign would be
// taken for a change, so a negative one is a change of 0, in the same packet.
func (e *encoder) gauge(v float64) []byte {
	if v >= 0 {
		return e.datum(math.Abs(v), exact, "|g", 1) // 0 can have a sign too
	}
	e.datum(0, exact, "|g", 1)
	e.line = append(e.line, '\n')
	return e.appendDatum(v, exact, "|g", 1)
}

// types are how the kinds of histograms are written.
var types = map[Histograms]string{Timers: "|ms", SampledHistograms: "|h", Distributions: "|d"}

// histogram packs a distribution, bucket by bucket.
func (e *encoder) histogram(s metrics.Series, to *packer) {
	typ, factor := types[e.histograms], 1.0
	if e.histograms == Timers && s.Metric.Unit == "s" {
		factor = 1000
	}
	bucket := func(value float64, n uint64) {
		for weight := range weights(n, spread(n, s.Buckets.Count, e.resolution)) {
			to.add(e.datum(value*factor, bucketDigits, typ, weight))
		}
	}
	bucket(0, s.Buckets.ZeroCount)
	for i, n := range s.Buckets.All() {
		bucket(middle(i), n)
	}
}

// datum makes one line of the series at hand. It is valid until the next.
func (e *encoder) datum(v float64, digits int, typ string, weight uint64) []byte {
	e.line = e.line[:0]
	return e.appendDatum(v, digits, typ, weight)
}

func (e *encoder) appendDatum(v float64, digits int, typ string, weight uint64) []byte {
	e.line = append(append(e.line, e.name...), ':')
	e.line = append(appendValue(e.line, v, digits), typ...)
	e.line = append(appendRate(e.line, weight), e.own...)
	return e.line
}

// exact is the number of digits that tells all values apart; bucketDigits is one
// that adds little to what a bucket leaves open.
const exact, bucketDigits = -1, 4

// appendValue appends a number with so many digits, without an exponent.
func appendValue(buf []byte, v float64, digits int) []byte {
	if digits == exact {
		return strconv.AppendFloat(buf, v, 'f', exact, 64)
	}
	var room [32]byte
	short, err := strconv.ParseFloat(string(strconv.AppendFloat(room[:0], v, 'e', digits-1, 64)), 64)
	if err != nil {
		short = v // it was written by strconv a moment ago
	}
	return strconv.AppendFloat(buf, short, 'f', -1, 64)
}
