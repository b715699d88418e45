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
	names := slices.Sorted(maps.Keys(static))
	n.base = append(append(n.base[:0], n.prefix...), '.')
	if n.format == Plain {
		n.base = append(appendSegment(n.base, s.Name), '.')
		for _, name := range names {
			n.base = append(appendSegment(n.base, name), '=')
			n.base = append(appendSegment(n.base, static[name]), '.')
		}
		return
	}
	n.tags = appendTagValue(append(n.tags[:0], "|#cache:"...), s.Name)
	n.tags = appendTagValue(append(n.tags, ",backend:"...), s.Backend)
	for _, name := range names {
		n.tags = append(n.tags, ',')
		if n.reserved[name] || strings.HasPrefix(name, moved) {
			n.tags = append(n.tags, moved...)
		}
		n.tags = append(appendTagName(n.tags, name), ':')
		n.tags = appendTagValue(n.tags, static[name])
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

// appendTags appends what comes after the sample rate.
func (n *naming) appendTags(buf []byte, s metrics.Series) []byte {
	if n.format == Plain {
		return buf
	}
	buf = append(buf, n.tags...)
	for _, l := range s.Labels {
		buf = append(append(append(buf, ','), l.Name...), ':')
		buf = appendTagValue(buf, l.Value)
	}
	return buf
}
