package promql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// A Scope is what its expressions are about. The zero value is the sum of all
// series, since each began.
type Scope struct {
	Select  string   // matchers of every selector, such as `job="shop"`; empty: all series
	Window  string   // of rates, such as "5m"; empty: counters as they are
	By      []string // the labels that results keep
	Classic bool     // histograms are classic ones: see promexport.WithClassicBuckets
}

// Per is the scope with further labels kept.
func (s Scope) Per(labels ...string) Scope {
	s.By = append(slices.Clip(s.By), labels...)
	return s
}

// Rate is how much a counter grows a second.
func (s Scope) Rate(c Selector) string {
	c.must(metrics.KindCounter)
	s.check(c.Metric)
	return s.aggregate("sum", s.rate(c.in(s.Select, c.Name)))
}

// Seen is the rate of what has grown at all in a span before the end of the query,
// so that what never happens is not listed.
func (s Scope) Seen(c Selector, span string) string {
	rate := s.Rate(c)
	return rate + " and " + s.aggregate("sum", "increase("+c.in(s.Select, c.Name)+"["+span+"] @ end())") + " > 0"
}

// Now is a gauge, added up.
func (s Scope) Now(g Selector) string { return s.gauge("sum", g) }

// Most is the largest of a gauge: what all instances tell of one thing.
func (s Scope) Most(g Selector) string { return s.gauge("max", g) }

// Ever is the largest of a gauge in a span: of one that is 0 or 1, whether it was 1
// at any time.
func (s Scope) Ever(g Selector, span string) string { return s.gaugeOver("max_over_time", g, span) }

// Throughout is the largest that a gauge was all through a span: of one that is 0 or
// 1, whether it was 1 all the time.
func (s Scope) Throughout(g Selector, span string) string {
	return s.gaugeOver("min_over_time", g, span)
}

// Series counts the series of a gauge.
func (s Scope) Series(g Selector) string { return s.gauge("count", g) }

func (s Scope) gauge(how string, g Selector) string {
	g.must(metrics.KindGauge)
	s.check(g.Metric)
	return s.aggregate(how, g.in(s.Select, g.Name))
}

func (s Scope) gaugeOver(how string, g Selector, span string) string {
	g.must(metrics.KindGauge)
	s.check(g.Metric)
	return s.aggregate("max", how+"("+g.in(s.Select, g.Name)+"["+span+"])")
}

// Count is how many observations a histogram gets a second.
func (s Scope) Count(h Selector) string { return s.part(h, "count") }

// Sum is what the observations of a histogram add up to, a second.
func (s Scope) Sum(h Selector) string { return s.part(h, "sum") }

func (s Scope) part(h Selector, part string) string {
	h.must(metrics.KindHistogram)
	s.check(h.Metric)
	if s.Classic {
		return s.aggregate("sum", s.rate(h.in(s.Select, h.Name+"_"+part)))
	}
	return s.aggregate("sum", "histogram_"+part+"("+s.rate(h.in(s.Select, h.Name))+")")
}

// Mean is the mean of the observations of a histogram.
func (s Scope) Mean(h Selector) string { return Ratio(s.Sum(h), s.Count(h)) }

// Quantile is a quantile of the observations of a histogram. [Scope.HasQuantiles]
// says whether it can be known.
func (s Scope) Quantile(q float64, h Selector) string {
	h.must(metrics.KindHistogram)
	s.check(h.Metric)
	of := s.aggregate("sum", s.rate(h.in(s.Select, h.Name)))
	if s.Classic {
		of = s.Per("le").aggregate("sum", s.rate(h.in(s.Select, h.Name+"_bucket")))
	}
	return fmt.Sprintf("histogram_quantile(%v, %s)", q, of)
}

// HasQuantiles reports whether quantiles of a histogram can be known.
func (s Scope) HasQuantiles(h Metric) bool { return !s.Classic || h.bucketed() }

// Where nothing is counted before the first event, OrNone is 0, as long as
// anything is known of the functions at all. It is not for ratios: see [Share].
func (s Scope) OrNone(expression string) string {
	return expression + " or on () (0 * " + Scope{Select: s.Select, Window: s.Window}.Rate(Requests.Where()) + ")"
}

// Readings is what stores tell of themselves, by name and kind of store. Counters
// are as they are.
func (s Scope) Readings() string {
	root := strings.TrimSuffix(metrics.Reading{Name: "x"}.Metric().Name, "x")
	all := fmt.Sprintf(`__name__=~"%s.+",__name__!~"%s.*"`, root, BackendDuration.Name)
	if s.Select != "" {
		all += "," + s.Select
	}
	return "sum by (__name__, backend) ({" + all + "})"
}

// Ratio divides, and has no result where there is nothing to divide by.
func Ratio(part, whole string) string { return part + " / (" + whole + " > 0)" }

// Share is the Ratio of a part that has no series before its first event: until then
// it is 0, as long as there is something to divide by.
func Share(part, whole string) string { return Ratio("("+part+" or 0 * "+whole+")", whole) }

func (s Scope) rate(selector string) string {
	if s.Window == "" {
		return selector
	}
	return "rate(" + selector + "[" + s.Window + "])"
}

func (s Scope) aggregate(how, of string) string {
	if len(s.By) > 0 {
		how += " by (" + strings.Join(s.By, ", ") + ") "
	}
	return how + "(" + of + ")"
}

// check refuses to keep a label that a metric doesn't have. Those of a target,
// such as job, are unknown to the catalogue of all metrics.
func (s Scope) check(m Metric) {
	for _, name := range s.By {
		if slices.ContainsFunc(metrics.Catalog(), func(other metrics.Metric) bool {
			return slices.ContainsFunc(other.Labels, func(l metrics.LabelDef) bool { return l.Name == name })
		}) {
			m.label(name)
		}
	}
}

func (m Metric) must(k metrics.Kind) {
	if m.Kind != k {
		panic(fmt.Sprintf("promql: %s is a %v, not a %v", m.Name, m.Kind, k))
	}
}
