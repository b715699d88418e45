package cwdata

import (
	"maps"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// Dimension is a part of what CloudWatch knows a metric by. Both are escaped.
type Dimension struct{ Name, Value string }

// moved begins the dimensions of static labels that would be taken for another
// one.
const moved = "label_"

// naming makes dimensions.
type naming struct {
	labels   map[string]string // of the options
	reserved map[string]bool
}

func newNaming(labels map[string]string) *naming {
	n := &naming{labels: maps.Clone(labels), reserved: map[string]bool{"cache": true, "backend": true, "_aws": true}}
	for _, m := range metrics.Catalog() {
		n.reserved[nameOf(m)] = true // in a line of a log they stand side by side
		for _, l := range m.Labels {
			n.reserved[l.Name] = true
		}
	}
	return n
}

// function returns the dimensions that all series of a function have.
func (n *naming) function(s metrics.Snapshot) []Dimension {
	static := s.Labels
	if len(n.labels) > 0 {
		static = maps.Clone(n.labels)
		maps.Copy(static, s.Labels)
	}
	return n.static([]Dimension{{"cache", Escape(s.Name)}}, static)
}

// nobody returns those of what belongs to no function.
func (n *naming) nobody() []Dimension { return n.static(nil, n.labels) }

func (n *naming) static(to []Dimension, labels map[string]string) []Dimension {
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		value := labels[name]
		if n.reserved[name] || strings.HasPrefix(name, moved) || strings.HasPrefix(name, "backend.") {
			name = moved + name
		}
		to = append(to, Dimension{Escape(name), Escape(value)})
	}
	return to
}

// of returns the dimensions of a series: those of its function and its labels.
func of(function []Dimension, labels []metrics.Label) []Dimension {
	if len(labels) == 0 {
		return function
	}
	all := append(make([]Dimension, 0, len(function)+len(labels)), function...)
	for _, l := range labels {
		all = append(all, Dimension{l.Name, Escape(l.Value)})
	}
	return all
}

// flaw says which limit dimensions are beyond, or nothing.
func flaw(dimensions []Dimension) string {
	if len(dimensions) > mostDimensions {
		return TooManyLabels
	}
	for _, d := range dimensions {
		if len(d.Name) > longestName || len(d.Value) > longestDimension {
			return TooLong
		}
	}
	return ""
}
