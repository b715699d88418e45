package grafana

import (
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/metrics"
)

// sizes says what one function keeps, and what went away.
func sizes(s promql.Scope) []*panel {
	return []*panel{
		graph("Entries", promql.Entries.Help, unitOf(promql.Entries), kept(s, promql.Entries, promql.EntriesLimit)...).dashed("/^limit /"),
		graph("Bytes", promql.Size.Help, unitOf(promql.Size), kept(s, promql.Size, promql.SizeLimit)...).dashed("/^limit /").empty("where bytes are not counted"),
		graph("Age of the count", promql.SizeAge.Help, unitOf(promql.SizeAge), query{"{{tier}}", s.Per("tier").Most(promql.SizeAge.Where())}).empty("where nothing is counted on a store"),
		distribution(s, "Size of entries", promql.EntrySize.Help, "stored", promql.EntrySize.Where()).empty("while nothing of known size is stored"),
		graph("Not stored", promql.Rejections.Help, unitOf(promql.Rejections),
			query{"not stored {{reason}}", s.OrNone(s.Per("reason").Rate(promql.Rejections.Where()))}).upTo(rare),
		distribution(s, "Size of what was not stored", promql.RejectedSize.Help, "not stored", promql.RejectedSize.Where()).empty("while all is stored"),
		graph("Removed", "Entries that went away, by the reason for it.", unitOf(promql.Removals),
			query{"removed {{tier}} {{reason}}", s.OrNone(s.Per("tier", "reason").Rate(promql.Removals.Where()))}).upTo(rare),
		share("Removed unread", "Share of the entries that went away and of which it is known which had never been read: storing them was in vain.",
			query{"never read", promql.Share(
				s.Rate(promql.Removals.Where(promql.Is("read", metrics.ReadNo))),
				s.Rate(promql.Removals.Where(promql.Is("read", metrics.ReadYes, metrics.ReadNo))),
			)}).empty("while nothing goes away of which that is known"),
	}
}

// kept is a gauge of what is stored with its limit. In memory every instance has its
// own, and they add up; on a store all of them tell of the same.
func kept(s promql.Scope, stored, limit promql.Metric) []query {
	memory, store := promql.Is("tier", metrics.TierLocal), promql.Is("tier", metrics.TierBackend)
	return []query{
		{"in memory", s.Now(stored.Where(memory))},
		{"limit in memory", s.Now(limit.Where(memory))},
		{"on {{backend}}", s.Per("backend").Most(stored.Where(store))},
	}
}

// store says how the store behind one function does.
func store(s promql.Scope) []*panel {
	return []*panel{
		distribution(s, "Requests to the store", promql.BackendDuration.Help, "{{backend}} {{operation}}", promql.BackendDuration.Where(), "backend", "operation").empty(inMemory),
		graph("Requests by their end", "Requests to the store, by how they ended.", "ops",
			query{"{{operation}} {{result}}", s.Per("operation", "result").Count(promql.BackendDuration.Where())}).empty(inMemory),
		graph("Look-ups", promql.TierLookups.Help, unitOf(promql.TierLookups),
			query{"{{tier}} {{result}}", s.Per("tier", "result").Rate(promql.TierLookups.Where())}),
		timeline("Circuits", promql.CircuitOpen.Help, "{{backend}} {{operation}}", s.Per("backend", "operation").Most(promql.CircuitOpen.Where())).empty(inMemory),
	}
}

// timeline shows when something that is 0 or 1 was which.
func timeline(title, about, legend, expr string) *panel {
	p := newPanel("state-timeline", title, about, "short", []query{{legend, expr}})
	d := &p.FieldConfig.Defaults
	d.Color, d.Thresholds = color{Mode: "thresholds"}, &thresholds{"absolute", []step{base("green"), from(1, "red")}}
	d.Custom = map[string]any{"fillOpacity": 70, "lineWidth": 0}
	d.Mappings = []any{map[string]any{"type": "value", "options": map[string]any{
		"0": map[string]any{"index": 0, "text": "closed"}, "1": map[string]any{"index": 1, "text": "open"},
	}}}
	p.Options = map[string]any{
		"alignValue": "left", "mergeValues": true, "rowHeight": 0.9, "showValue": "auto",
		"legend":  map[string]any{"calcs": []string{}, "displayMode": "list", "placement": "bottom", "showLegend": true},
		"tooltip": map[string]any{"mode": "single", "sort": "none"},
	}
	return p
}

// exports says what becomes of the metrics themselves.
func exports(s promql.Scope) []*panel {
	return []*panel{
		graph("Exports that fail", promql.ExportErrors.Help, unitOf(promql.ExportErrors),
			query{"failed {{exporter}} {{reason}}", s.OrNone(s.Per("exporter", "reason").Rate(promql.ExportErrors.Where()))}).upTo(rare),
		graph("Data given up", promql.Dropped.Help, unitOf(promql.Dropped),
			query{"dropped {{exporter}} {{reason}}", s.OrNone(s.Per("exporter", "reason").Rate(promql.Dropped.Where()))}).upTo(rare),
		graph("Versions", "Functions by the version of this library, counted in every instance.", unitOf(promql.Info),
			query{"{{version}}", s.Per("version").Series(promql.Info.Where())}).stacked(),
	}
}
