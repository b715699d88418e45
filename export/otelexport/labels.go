package otelexport

import (
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/cachier-go/cachier/metrics"
)

// labels makes attributes of labels.
type labels struct{ reserved map[string]bool }

func newLabels() labels {
	l := labels{map[string]bool{"cache": true, "backend": true, "instance": true}}
	for _, m := range metrics.Catalog() {
		for _, label := range m.Labels {
			l.reserved[label.Name] = true
		}
	}
	return l
}

// moved begins the attributes of static labels that would hide another one.
const moved = "label_"

// function returns what all series of a snapshot have in common.
func (l labels) function(s metrics.Snapshot, instance bool) []attribute.KeyValue {
	// In the order of their names, which is how a set wants them.
	all := []attribute.KeyValue{text("backend", s.Backend), text("cache", s.Name)}
	if instance && s.Instance != "" {
		all = append(all, text("instance", s.Instance))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Labels)) {
		key := name
		if l.reserved[name] || strings.HasPrefix(name, moved) {
			key = moved + name
		}
		all = append(all, text(key, s.Labels[name]))
	}
	return all
}

// text makes an attribute of what anybody may have chosen.
func text(key, value string) attribute.KeyValue { return attribute.String(Escape(key), Escape(value)) }
