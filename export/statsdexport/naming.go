package statsdexport

import (
	"maps"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// naming makes the names and tags of lines, for one function after the other.
type naming struct {
	format Format
	prefix string
	labels map[string]string // of the options

	reserved map[string]bool // tags that no static label may be called
	base     []byte          // the function's part of its names
	tags     []byte          // the function's tags
}

// moved begins the tags of static labels that would be taken for another one.
const moved = "label_"

func newNaming(o Options) *naming {
	n := &naming{format: o.Format, prefix: o.Prefix, labels: maps.Clone(o.Labels), reserved: map[string]bool{"cache": true, "backend": true}}
	for _, m := range metrics.Catalog() {
		for _, l := range m.Labels {
			n.reserved[l.Name] = true
		}
	}
	return n
}

// function begins the lines of one function.
func (n *naming) function(s metrics.Snapshot) {
	static := s.Labels
	if len(n.labels) > 0 {
		static = maps.Clone(n.labels)
		maps.Copy(static, s.Labels)
	}
	n.begin()
	if n.format == Plain {
		n.base = append(appendSegment(n.base, s.Name), '.')
	} else {
		n.tags = appendTag(n.tags, "cache", s.Name)
		n.tags = appendTag(n.tags, "backend", s.Backend)
	}
	n.static(static)
}

// nobody begins the lines of what belongs to no function.
func (n *naming) nobody() {
	n.begin()
	n.static(n.labels)
}

func (n *naming) begin() {
	n.base = append(append(n.base[:0], n.prefix...), '.')
	n.tags = n.tags[:0]
}

// static adds static labels to names or tags.
func (n *naming) static(labels map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		switch value := labels[name]; {
		case n.format == Plain:
			n.base = append(appendSegment(n.base, name), '=')
			n.base = append(appendSegment(n.base, value), '.')
		case n.reserved[name] || strings.HasPrefix(name, moved):
			n.tags = appendTag(n.tags, moved+name, value)
		default:
			n.tags = appendTag(n.tags, name, value)
		}
	}
}

// appendName appends what comes before the colon of a series' lines.
func (n *naming) appendName(buf []byte, s metrics.Series) []byte {
	buf = append(append(buf, n.base...), strings.TrimPrefix(s.Metric.OTel, "cachier.")...)
	if n.format == Plain {
		for _, l := range s.Labels {
			buf = appendSegment(append(buf, '.'), l.Value)
		}
	}
	return buf
}

// appendTags appends to an empty buf what comes after the sample rate.
func (n *naming) appendTags(buf []byte, s metrics.Series) []byte {
	if n.format == Plain {
		return buf
	}
	buf = append(buf, n.tags...)
	for _, l := range s.Labels {
		buf = appendTag(buf, l.Name, l.Value)
	}
	return buf
}

// appendTag appends one tag to others, or to none.
func appendTag(buf []byte, name, value string) []byte {
	if len(buf) == 0 {
		buf = append(buf, "|#"...)
	} else {
		buf = append(buf, ',')
	}
	return appendTagValue(append(appendTagName(buf, name), ':'), value)
}
