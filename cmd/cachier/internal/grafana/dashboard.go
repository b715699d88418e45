package grafana

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
)

// Options say how the dashboard differs from the usual one.
type Options struct {
	Title   string // empty: "Cached functions"
	UID     string // by which Grafana knows it; empty: "cachier"
	Classic bool   // histograms are classic ones: see promexport.WithClassicBuckets
}

// What Grafana's variables choose.
const (
	chosenTargets  = `job=~"$job",instance=~"$instance"`
	chosenFunction = chosenTargets + `,cache="$cache"`
)

// Write writes the dashboard as JSON.
func Write(w io.Writer, o Options) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(build(o))
}

func build(o Options) dashboard {
	d := dashboard{
		Annotations:  annotations{List: []any{}},
		Description:  "Functions cached by cachier for Go: all of them at a glance, and one in full.",
		Editable:     true,
		GraphTooltip: 1, Links: []any{}, Refresh: "30s", SchemaVersion: 39, Tags: []string{"cachier"},
		Templating: templating{variables()},
		Time:       timeRange{"now-3h", "now"}, Timezone: "browser",
		Title: "Cached functions", UID: "cachier",
	}
	if o.Title != "" {
		d.Title = o.Title
	}
	if o.UID != "" {
		d.UID = o.UID
	}
	all := promql.Scope{Select: chosenTargets, Window: "$__rate_interval", Classic: o.Classic}
	one := all
	one.Select = chosenFunction
	var at placing
	d.Panels = at.place(tiles(all)...)
	d.Panels = append(d.Panels, at.place(table(all))...)
	for _, r := range []struct {
		title  string
		panels []*panel
	}{
		{"All functions", comparison(all)},
		{"$cache: outcomes", outcomes(one)},
		{"$cache: latencies and waits", latencies(one)},
		{"$cache: staleness", staleness(one)},
		{"$cache: sizes", sizes(one)},
		{"$cache: store", append(store(one), readings(all))},
		{"$cache: time and money saved", savings(one)},
		{"Metrics", exports(all)},
	} {
		d.Panels = append(d.Panels, at.row(r.title))
		d.Panels = append(d.Panels, at.place(r.panels...)...)
	}
	return d
}

// placing puts panels side by side, and below one another where a line is full.
type placing struct{ x, y, height, id int }

const dashboardWidth = 24

func (at *placing) place(panels ...*panel) []*panel {
	for _, p := range panels {
		if at.x+p.GridPos.W > dashboardWidth {
			at.feed()
		}
		p.GridPos.X, p.GridPos.Y = at.x, at.y
		at.x += p.GridPos.W
		at.height = max(at.height, p.GridPos.H)
		at.id++
		p.ID = at.id
	}
	at.feed()
	return panels
}

// row is a heading.
func (at *placing) row(title string) *panel {
	p := &panel{Type: "row", Title: title, GridPos: gridPos{W: dashboardWidth, H: 1}, Collapsed: new(bool), Panels: &[]any{}}
	return at.place(p)[0]
}

func (at *placing) feed() {
	at.x, at.y, at.height = 0, at.y+at.height, 0
}

// variables choose the data source, the targets, and the function to see in full.
func variables() []variable {
	values := func(name, label, of string, several bool) variable {
		v := variable{
			Name: name, Label: label, Type: "query", Datasource: source, Refresh: 2, Sort: 5,
			Query: labelQuery{1, fmt.Sprintf("label_values(%s, %s)", of, name), "Variable" + name},
		}
		if several {
			v.Multi, v.IncludeAll, v.AllValue = true, true, ".*"
			v.Current = &option{[]string{"All"}, []string{"$__all"}}
		}
		return v
	}
	info := promql.Info.Name
	return []variable{
		{Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus", Refresh: 1},
		values("job", "Job", info, true),
		values("instance", "Instance", info+`{job=~"$job"}`, true),
		values("cache", "Function", info+"{"+chosenTargets+"}", false),
	}
}
