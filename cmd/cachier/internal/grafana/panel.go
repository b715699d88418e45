package grafana

import (
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/metrics"
)

// source is the data source that the dashboard's first variable chooses.
var source = &reference{Type: "prometheus", UID: "${datasource}"}

// query is an expression and what its results are called, with {{label}} for the
// value of a label.
type query struct{ legend, expr string }

// newPanel makes one of a type, a third of the width of the dashboard.
func newPanel(kind, title, about, unit string, queries []query) *panel {
	p := &panel{
		Type: kind, Title: title, Description: about, Datasource: source, GridPos: gridPos{W: 8, H: 8},
		FieldConfig: &fieldConfig{Defaults: field{Unit: unit, Color: color{Mode: "palette-classic"}}, Overrides: []override{}},
	}
	for i, q := range queries {
		p.Targets = append(p.Targets, target{
			EditorMode: "code", Expr: q.expr, Format: "time_series", LegendFormat: q.legend, Range: true, RefID: string(rune('A' + i)),
		})
	}
	return p
}

// graph draws queries over time, from 0 on. There is nothing under the lines: the
// colours of many would mix there to one that is no line's.
func graph(title, about, unit string, queries ...query) *panel {
	p := newPanel("timeseries", title, about, unit, queries)
	p.FieldConfig.Defaults.Custom = map[string]any{
		"drawStyle": "line", "fillOpacity": 0, "lineWidth": 1, "showPoints": "never", "axisSoftMin": 0,
	}
	p.Options = map[string]any{
		"legend":  map[string]any{"calcs": []string{}, "displayMode": "list", "placement": "bottom", "showLegend": true},
		"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
	}
	return p
}

// rank is what puts functions in order, by Grafana's name and title of it.
type rank struct {
	calc, title string
	falling     bool
}

// What is worth a look when there are many: failures of an hour ago, too, and else
// what is lowest or highest now.
var (
	lowest  = rank{"lastNotNull", "Last *", false}
	highest = rank{"lastNotNull", "Last *", true}
	peak    = rank{"max", "Max", true}
)

// ranked has more room below, for a table of the lines in that order.
func (p *panel) ranked(by rank) *panel {
	calcs := []string{"lastNotNull"}
	if by.calc != calcs[0] {
		calcs = append(calcs, by.calc)
	}
	p.tall().Options.(map[string]any)["legend"] = map[string]any{
		"calcs": calcs, "displayMode": "table", "placement": "bottom", "showLegend": true, "sortBy": by.title, "sortDesc": by.falling,
	}
	return p
}

// stacked piles up what adds up. There are no lines around: that of a series which is
// 0 would run along the one below it, in its own colour.
func (p *panel) stacked() *panel {
	p.FieldConfig.Defaults.Custom["stacking"] = map[string]any{"mode": "normal"}
	p.FieldConfig.Defaults.Custom["fillOpacity"], p.FieldConfig.Defaults.Custom["lineWidth"] = 60, 0
	return p
}

// logarithmic shows what differs by powers of ten, as a hit does from a miss.
func (p *panel) logarithmic() *panel {
	delete(p.FieldConfig.Defaults.Custom, "axisSoftMin")
	p.FieldConfig.Defaults.Custom["scaleDistribution"] = map[string]any{"type": "log", "log": 10}
	return p
}

// upTo has the axis end there at least: where all is 0 it ends at 100 otherwise.
func (p *panel) upTo(v float64) *panel {
	p.FieldConfig.Defaults.Custom["axisSoftMax"] = v
	return p
}

// rare is how high the axis of what should not happen goes at least, a second: low
// enough for what seldom does to be seen.
const rare = 0.1

// share is a graph of ratios.
func share(title, about string, queries ...query) *panel {
	p := graph(title, about, "percentunit", queries...)
	p.FieldConfig.Defaults.Min, p.FieldConfig.Defaults.Max = ptr(0), ptr(1)
	return p
}

// stat is a tile with the latest value, and how it came there.
func stat(title, about, unit string, expr string, steps ...step) *panel {
	p := newPanel("stat", title, about, unit, []query{{"", expr}})
	p.GridPos = gridPos{W: 4, H: 5}
	d := &p.FieldConfig.Defaults
	d.Color, d.Thresholds, d.Mappings = color{Mode: "thresholds"}, &thresholds{"absolute", steps}, unknown
	p.Options = map[string]any{
		"colorMode": "value", "graphMode": "area", "justifyMode": "auto", "orientation": "auto", "percentChangeColorMode": "standard",
		"reduceOptions":     map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
		"showPercentChange": false, "textMode": "value", "wideLayout": true,
	}
	return p
}

// unknown is a dash without a colour, where a value is missing or NaN, such as a
// quantile of nothing: Grafana takes it for one below all thresholds otherwise.
var unknown = []any{map[string]any{"type": "special", "options": map[string]any{
	"match": "null+nan", "result": map[string]any{"index": 0, "text": "–", "color": "text"},
}}}

// empty has the panel say when it is, as long as that is no cause for concern.
func (p *panel) empty(when string) *panel {
	p.FieldConfig.Defaults.NoValue = "No data " + when
	return p
}

// inMemory is why there is nothing to tell of a store.
const inMemory = "where results are in memory alone"

// wide has the panel so wide, of 24.
func (p *panel) wide(w int) *panel {
	p.GridPos.W = w
	return p
}

// tall has the panel a quarter higher than others.
func (p *panel) tall() *panel {
	p.GridPos.H = 10
	return p
}

// from is a colour from a value on; base is the one below all others.
func from(value float64, color string) step { return step{color, &value} }
func base(color string) step                { return step{Color: color} }

func ptr(v float64) *float64 { return &v }

// paint gives the series whose names match a colour.
func (p *panel) paint(pattern, name string) *panel {
	return p.override(pattern, property{"color", color{Mode: "fixed", FixedColor: name}})
}

func (p *panel) override(pattern string, properties ...property) *panel {
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{matcher{"byRegexp", pattern}, properties})
	return p
}

// outcomeColors are the same on all panels: from what costs nothing to what does.
var outcomeColors = map[metrics.Outcome]string{
	metrics.Hit: "green", metrics.Stale: "yellow", metrics.Coalesced: "blue", metrics.Miss: "orange", metrics.Bypass: "#8e8e8e",
}

// byOutcome paints series that are named for outcomes.
func (p *panel) byOutcome() *panel {
	for o := metrics.Hit; o <= metrics.Bypass; o++ {
		p.paint("/^"+o.String()+"( |$)/", outcomeColors[o])
	}
	return p
}

// distribution shows a median and a high quantile of a histogram, or its mean where
// there are no quantiles. The legend tells the values of the labels in by apart.
func distribution(s promql.Scope, title, about, legend string, h promql.Selector, by ...string) *panel {
	s = s.Per(by...)
	if !s.HasQuantiles(h.Metric) {
		return graph(title+", mean", about, unitOf(h.Metric), query{legend + " mean", s.Mean(h)})
	}
	return graph(title, about, unitOf(h.Metric), query{legend + " p50", s.Quantile(0.5, h)}, query{legend + " p99", s.Quantile(0.99, h)}).
		dashed("/ p50$/")
}

// dashed has the lines whose names match let others be seen below.
func (p *panel) dashed(pattern string) *panel {
	return p.override(pattern, property{"custom.lineStyle", map[string]any{"dash": []int{6, 4}, "fill": "dash"}})
}

// load is the unit of seconds a second, which are not the time that something takes.
const load = "si:s/s"

// unitOf is what Grafana calls the unit of a gauge's or a histogram's values, or of
// what a counter grows by a second.
func unitOf(m promql.Metric) string {
	switch {
	case m.Unit == "s" && m.Kind == metrics.KindCounter:
		return load
	case m.Unit == "s":
		return "s"
	case m.Unit == "By":
		return "bytes"
	case m.Kind != metrics.KindCounter:
		return "short"
	case m.Unit == "{request}":
		return "reqps"
	case m.Unit == "1":
		return "short"
	}
	return "ops"
}
