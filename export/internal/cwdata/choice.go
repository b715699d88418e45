package cwdata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// Choice is a metric of the catalogue, and which of its labels become dimensions.
type Choice struct {
	Name   string              // without "cachier."
	Labels map[string][]string // the values that are wanted; nil for all
}

// Ten returns the choices that make ten metrics of a function.
func Ten() []Choice {
	return []Choice{
		{"requests", map[string][]string{"outcome": {"hit", "miss", "coalesced"}}},
		{"requests", map[string][]string{"outcome": {"stale"}, "reason": nil}}, // revalidate is a hit in ratios, error isn't
		{Name: "request.errors"},
		{Name: "request.duration"},
		{Name: "compute.duration"},
		{Name: "wait.duration"},
		{Name: "time.saved"},
	}
}

// All returns the choices that make a metric of every series.
func All() (all []Choice) {
	for _, m := range catalogue() {
		c := Choice{Name: nameOf(m)}
		for _, l := range m.Labels {
			if c.Labels == nil {
				c.Labels = map[string][]string{}
			}
			c.Labels[l.Name] = nil
		}
		all = append(all, c)
	}
	return all
}

// catalogue is what functions have.
func catalogue() []metrics.Metric {
	return slices.DeleteFunc(metrics.Catalog(), func(m metrics.Metric) bool {
		return m.OTel == "cachier.export.errors" || m.OTel == "cachier.dropped"
	})
}

func nameOf(m metrics.Metric) string { return strings.TrimPrefix(m.OTel, root) }

// root begins the names of all metrics. The namespace stands for it.
const root = "cachier."

// choose returns choices by the name in the catalogue, or what is wrong with them.
func choose(choices []Choice) (map[string][]chosen, error) {
	known := map[string]metrics.Metric{}
	for _, m := range catalogue() {
		known[nameOf(m)] = m
	}
	all := map[string][]chosen{}
	for _, c := range choices {
		m, ok := known[c.Name]
		if !ok {
			return nil, fmt.Errorf("it has %q, which is no metric of a function", c.Name)
		}
		for _, other := range all[m.OTel] {
			if !c.apart(other.Choice) {
				return nil, fmt.Errorf("%s is in it twice, and would be counted twice", c.Name)
			}
		}
		all[m.OTel] = append(all[m.OTel], c.of(m))
		for label, values := range c.Labels {
			at := slices.IndexFunc(m.Labels, func(l metrics.LabelDef) bool { return l.Name == label })
			if at < 0 {
				return nil, fmt.Errorf("%s has no label %q", c.Name, label)
			}
			for _, value := range values {
				if of := m.Labels[at].Values; len(of) > 0 && !slices.Contains(of, value) {
					return nil, fmt.Errorf("the label %s of %s is never %q", label, c.Name, value)
				}
			}
		}
	}
	return all, nil
}

// chosen is a Choice, and whether it adds up series that differ in other labels.
type chosen struct {
	Choice
	folds   bool
	demands int // of how many labels it wants certain values
}

func (c Choice) of(m metrics.Metric) chosen {
	one := chosen{Choice: c, folds: len(c.Labels) < len(m.Labels)}
	for _, values := range c.Labels {
		if len(values) > 0 {
			one.demands++
		}
	}
	return one
}

// apart reports whether no series is in both choices: a label has to be of these
// values in one, and of those in the other.
func (c Choice) apart(other Choice) bool {
	for label, values := range c.Labels {
		others := other.Labels[label]
		if len(values) > 0 && len(others) > 0 && !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(others, v) }) {
			return true
		}
	}
	return false
}

// takes returns the labels of a series that become dimensions, and whether it is
// wanted.
func (c chosen) takes(s metrics.Series) (labels []metrics.Label, ok bool) {
	has := 0
	for _, l := range s.Labels {
		values, dimension := c.Labels[l.Name]
		if dimension && len(values) > 0 {
			if !slices.Contains(values, l.Value) {
				return nil, false
			}
			has++
		}
		if dimension && c.folds {
			labels = append(labels, l)
		}
	}
	if !c.folds {
		labels = s.Labels
	}
	return labels, has == c.demands
}
