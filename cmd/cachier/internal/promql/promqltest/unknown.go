// Package promqltest reads expressions, as Prometheus gets them, for the tests of
// those who write them with package promql.
package promqltest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

var (
	// A colon begins or ends a part of what is recorded. An underscore at the end is that
	// of what stores tell of themselves, whose names nobody knows beforehand.
	selector = regexp.MustCompile(`(?:^|[^:\w])(cachier_\w*[^\W_])\b(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`(\w+)(?:=|!=|=~|!~)"([^"]*)"`)
	either   = regexp.MustCompile(`\{__name__=~"(\w+)\|\w+"`)
	part     = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// Metrics returns the metrics of the catalogue that a text of expressions names, and
// what it names that the catalogue doesn't have: metrics, labels, and values of them.
// Labels of targets may be anything. Of two names for one metric the second is that by
// OTLP.
func Metrics(text string) (known, unknown []string) {
	text = either.ReplaceAllString(text, "$1{")
	for _, s := range selector.FindAllStringSubmatch(text, -1) {
		m, ok := find(s[1])
		if !ok {
			unknown = append(unknown, s[1])
			continue
		}
		known = append(known, m.Name)
		for _, c := range matcher.FindAllStringSubmatch(s[2], -1) {
			if !possible(m, c[1], c[2]) {
				unknown = append(unknown, fmt.Sprintf("%s{%s}", s[1], c[0]))
			}
		}
	}
	return known, unknown
}

// find finds a metric by its name or by that of a part of a classic histogram.
func find(name string) (metrics.Metric, bool) {
	whole := part.ReplaceAllString(name, "")
	for _, m := range metrics.Catalog() {
		if m.Name == name || m.Name == whole && m.Kind == metrics.KindHistogram {
			return m, true
		}
	}
	return metrics.Metric{}, false
}

func possible(m metrics.Metric, label, values string) bool {
	if slices.Contains([]string{"job", "instance", "cache"}, label) {
		return true
	}
	i := slices.IndexFunc(m.Labels, func(l metrics.LabelDef) bool { return l.Name == label })
	if i < 0 {
		return false
	}
	for value := range strings.SplitSeq(values, "|") {
		if !slices.Contains(m.Labels[i].Values, value) {
			return false
		}
	}
	return true
}
