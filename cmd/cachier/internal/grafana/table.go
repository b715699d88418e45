package grafana

import (
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
)

// column is one of the table's, with what colours its cells.
type column struct {
	title, unit, expr string
	steps             []step
}

// choose is a link to the dashboard with the function of the row chosen.
const choose = "/d/${__dashboard.uid}?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}" +
	"&var-cache=${__value.text:percentencode}&${__url_time_range}"

// table has a row for each function, the busiest first.
func table(s promql.Scope) *panel {
	s = s.Per("cache")
	calls := s.Rate(promql.Requests.Where())
	columns := []column{
		{"Calls", unitOf(promql.Requests), calls, nil},
		{"Hit ratio", "percentunit", s.HitRatio(), []step{base("red"), from(0.5, "yellow"), from(0.8, "green")}},
		{"Slowest 1 %", "s", s.Quantile(0.99, promql.RequestDuration.Where()), nil},
		{"Computing", load, s.Sum(promql.ComputeDuration.Where()), nil},
		{"Net saved", unitOf(promql.Saved), net(s), []step{base("red"), from(0, "green")}},
		{
			"Calls that fail", "percentunit", promql.Share(s.Rate(promql.RequestErrors.Where()), calls),
			[]step{base("green"), from(0.01, "orange"), from(0.05, "red")},
		},
		{
			"Stale on error", "percentunit", promql.Ratio(s.StaleErrors(), s.N()),
			[]step{base("green"), from(0.001, "orange"), from(0.05, "red")},
		},
	}
	p := newTable("Functions", "Every function, the busiest first; choose one to see it below.", "Calls", true).wide(24).tall()
	names, order := map[string]any{"cache": "Function"}, map[string]any{"cache": 0}
	p.named("Function", wide(300), property{"links", []any{map[string]any{"title": "Show ${__value.text}", "url": choose}}})
	for i, c := range columns {
		ref := string(rune('A' + i))
		p.ask(ref, c.expr)
		names["Value #"+ref], order["Value #"+ref] = c.title, i+1
		p.named(c.title, c.properties()...)
	}
	p.Transformations = []transform{{"merge", map[string]any{}}, columnsAs(order, names)}
	return p
}

// readings has a row for each figure that only one kind of store has.
func readings(s promql.Scope) *panel {
	p := newTable("Figures of the stores' own", "What stores of all functions tell of themselves, such as the connections of their pools.", "Figure", false).wide(16).empty("where no store has figures of its own")
	p.ask("A", s.Readings())
	p.named("Figure", wide(450))
	p.Transformations = []transform{columnsAs(
		map[string]any{"__name__": 0, "backend": 1, "Value": 2}, map[string]any{"__name__": "Figure", "backend": "Store"},
	)}
	return p
}

// newTable makes one that is sorted by a column.
func newTable(title, about, sortedBy string, falling bool) *panel {
	p := newPanel("table", title, about, "short", nil)
	d := &p.FieldConfig.Defaults
	d.Color, d.Thresholds = color{Mode: "thresholds"}, &thresholds{"absolute", []step{base("text")}}
	d.Mappings = unknown
	d.Custom = map[string]any{"align": "auto", "cellOptions": map[string]any{"type": "auto"}, "inspect": false, "minWidth": 110}
	p.Options = map[string]any{
		"cellHeight": "sm", "frameIndex": 0, "showHeader": true, "sortBy": []any{map[string]any{"desc": falling, "displayName": sortedBy}},
	}
	return p
}

// wide is a column of so many pixels, which long names need more of than figures do.
func wide(px int) property { return property{"custom.width", px} }

// ask adds a query for the values of now.
func (p *panel) ask(ref, expr string) {
	p.Targets = append(p.Targets, target{EditorMode: "code", Expr: expr, Format: "table", Instant: true, RefID: ref})
}

// columnsAs orders and names columns.
func columnsAs(order, names map[string]any) transform {
	return transform{"organize", map[string]any{"excludeByName": map[string]any{"Time": true}, "indexByName": order, "renameByName": names}}
}

func (c column) properties() []property {
	all := []property{{"unit", c.unit}}
	if c.steps != nil {
		all = append(all, property{"thresholds", thresholds{"absolute", c.steps}},
			property{"custom.cellOptions", map[string]any{"type": "color-text"}})
	}
	return all
}

// named sets properties of the column of a title.
func (p *panel) named(title string, properties ...property) {
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{matcher{"byName", title}, properties})
}
