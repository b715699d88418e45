package promql

import (
	"fmt"
	"slices"
	"strings"
)

// A Selector is some of the series of a metric.
type Selector struct {
	Metric
	matchers []string
}

// A Matcher chooses series by a label.
type Matcher struct {
	label  string
	not    bool
	values []string
}

// Is chooses those with one of the values, which are constants of package metrics
// or a [Value].
func Is[T fmt.Stringer](label string, values ...T) Matcher {
	m := Matcher{label: label}
	for _, v := range values {
		m.values = append(m.values, v.String())
	}
	return m
}

// Not chooses those with none of the values, or without the label.
func Not[T fmt.Stringer](label string, values ...T) Matcher {
	m := Is(label, values...)
	m.not = true
	return m
}

// A Value is one of a label that package metrics has no constants for.
type Value string

func (v Value) String() string { return string(v) }

// Where chooses among the series of m.
func (m Metric) Where(matchers ...Matcher) Selector {
	s := Selector{Metric: m}
	for _, c := range matchers {
		def := m.label(c.label)
		for _, v := range c.values {
			if !slices.Contains(def.Values, v) {
				panic(fmt.Sprintf("promql: %s is never %q in %s", c.label, v, m.Name))
			}
		}
		s.matchers = append(s.matchers, c.String())
	}
	return s
}

// String is how PromQL has it. No value of the catalogue needs to be quoted in a
// regular expression.
func (c Matcher) String() string {
	operator := "="
	switch {
	case c.not && len(c.values) > 1:
		operator = "!~"
	case c.not:
		operator = "!="
	case len(c.values) > 1:
		operator = "=~"
	}
	return fmt.Sprintf("%s%s%q", c.label, operator, strings.Join(c.values, "|"))
}

// in writes the selector of a series of the name, which is the metric's own or
// that of a part of a classic histogram, within a scope. Where Prometheus has another
// name for it by OTLP, either is meant.
func (s Selector) in(scope, name string) string {
	all := s.matchers
	if scope != "" {
		all = append([]string{scope}, all...)
	}
	if pushed := s.pushed(); name == s.Name && pushed != name {
		all = append([]string{fmt.Sprintf("__name__=~%q", name+"|"+pushed)}, all...)
		name = ""
	}
	if len(all) == 0 {
		return name
	}
	return name + "{" + strings.Join(all, ",") + "}"
}
