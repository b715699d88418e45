package otelexport

import (
	"context"
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
	all := []attribute.KeyValue{text("cache", s.Name), text("backend", s.Backend)}
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

// text makes an attribute. OpenTelemetry's protocol takes valid UTF-8 only.
func text(key, value string) attribute.KeyValue {
	return attribute.String(strings.ToValidUTF8(key, "\uFFFD"), strings.ToValidUTF8(value, "\uFFFD"))
}

// with returns the attributes of one series.
func with(common []attribute.KeyValue, own []metrics.Label) attribute.Set {
	all := slices.Clip(common)
	for _, label := range own {
		all = append(all, attribute.String(label.Name, label.Value))
	}
	return attribute.NewSet(all...)
}

// function is the snapshots that have the same attributes, added up.
type function struct {
	snapshot metrics.Snapshot
	common   []attribute.KeyValue
}

// functions reads the source once.
func (p *Producer) functions(ctx context.Context) (all []*function, err error) {
	snapshots, err := metrics.ReadSnapshots(ctx, p.source)
	if err != nil {
		return nil, err
	}
	seen := map[attribute.Distinct]*function{}
	for _, s := range snapshots {
		common := p.labels.function(s, p.options.instance)
		set := attribute.NewSet(common...)
		if f, ok := seen[set.Equivalent()]; ok {
			f.snapshot = f.snapshot.Plus(s)
			continue
		}
		f := &function{s, common}
		seen[set.Equivalent()] = f
		all = append(all, f)
	}
	return all, nil
}
