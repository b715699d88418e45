package grafana_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/grafana"
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/cmd/cachier/internal/promql/promqltest"
	"github.com/cachier-go/cachier/metrics"
)

// board is what of Grafana's model the tests look at.
type board struct {
	Title, UID string
	Panels     []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct{ RefID, Expr, LegendFormat string }
	Transformations          []struct {
		Options struct{ RenameByName map[string]string }
	}
	Options     json.RawMessage
	FieldConfig struct {
		Defaults struct {
			Unit, NoValue string
			Max           *float64
			Color         struct{ Mode string }
			Mappings      []struct {
				Type    string
				Options struct {
					Match  string
					Result struct{ Text, Color string }
				}
			}
			Custom struct {
				FillOpacity, LineWidth, AxisSoftMax, MinWidth float64
				Stacking                                      struct{ Mode string }
				ScaleDistribution                             struct{ Type string }
			}
		}
		Overrides []struct {
			Matcher    struct{ Options string }
			Properties []struct {
				ID    string
				Value json.RawMessage
			}
		}
	}
}

// unit is that of the results of a query, which in a table are a column.
func (p panel) unit(ref string) (unit string) {
	unit = p.FieldConfig.Defaults.Unit
	for _, tr := range p.Transformations {
		for _, o := range p.FieldConfig.Overrides {
			for _, set := range o.Properties {
				if set.ID == "unit" && o.Matcher.Options == tr.Options.RenameByName["Value #"+ref] {
					_ = json.Unmarshal(set.Value, &unit)
				}
			}
		}
	}
	return unit
}

// dashes reports whether the line of that name is dashed.
func (p panel) dashes(name string) bool {
	for _, o := range p.FieldConfig.Overrides {
		for _, set := range o.Properties {
			if set.ID == "custom.lineStyle" && regexp.MustCompile(strings.Trim(o.Matcher.Options, "/")).MatchString(name) {
				return true
			}
		}
	}
	return false
}

func read(t *testing.T, o grafana.Options) (b board) {
	t.Helper()
	if err := json.Unmarshal(written(t, o), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// Every metric, label and value that an expression names is in the catalogue, and every
// metric of the catalogue is on some panel.
func TestExpressionsAreOfTheCatalogue(t *testing.T) {
	for _, classic := range []bool{false, true} {
		shown := map[string]bool{}
		for _, p := range read(t, grafana.Options{Classic: classic}).Panels {
			for _, target := range p.Targets {
				known, unknown := promqltest.Metrics(target.Expr)
				if len(unknown) > 0 {
					t.Errorf("%s: the catalogue has no %q: %s", p.Title, unknown, target.Expr)
				}
				for _, name := range known {
					shown[name] = true
				}
			}
		}
		for _, m := range metrics.Catalog() {
			if !shown[m.Name] {
				t.Errorf("classic %v: no panel shows %s", classic, m.Name)
			}
		}
	}
}

// Where there is nothing to divide by there is no ratio, not one of 0: what is 0
// before its first event is the part, never the quotient.
func TestRatiosOfNothing(t *testing.T) {
	ratios := 0
	for _, classic := range []bool{false, true} {
		for _, p := range read(t, grafana.Options{Classic: classic}).Panels {
			for _, target := range p.Targets {
				_, divisor, divides := strings.Cut(target.Expr, " / (")
				if !divides {
					continue
				}
				ratios++
				if !strings.Contains(divisor, " > 0)") || strings.Contains(divisor, " or ") {
					t.Errorf("%s has a ratio of nothing: %s", p.Title, target.Expr)
				}
			}
		}
	}
	if ratios < 10 {
		t.Errorf("there are %d ratios", ratios)
	}
}

// Panels say what they show, have a unit, and stand beside one another.
func TestPanels(t *testing.T) {
	for _, classic := range []bool{false, true} {
		taken := map[[2]int]string{}
		ids := map[int]bool{}
		for _, p := range read(t, grafana.Options{Classic: classic}).Panels {
			if ids[p.ID] || p.ID == 0 {
				t.Errorf("%s: two have the number %d", p.Title, p.ID)
			}
			ids[p.ID] = true
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other, ok := taken[[2]int{x, y}]; ok || x >= 24 {
						t.Errorf("%s is over %q or beyond the edge at %d, %d", p.Title, other, x, y)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
			if p.Type == "row" {
				continue
			}
			if !strings.HasSuffix(p.Description, ".") || strings.Contains(p.Description, ". ") || len(p.Targets) == 0 || p.FieldConfig.Defaults.Unit == "" {
				t.Errorf("%s: description %q, %d queries, unit %q", p.Title, p.Description, len(p.Targets), p.FieldConfig.Defaults.Unit)
			}
		}
	}
}

var secondsAdded = regexp.MustCompile(`seconds_(total|sum)\b|histogram_sum\(.*seconds`)

// Seconds that something takes are told from seconds a second, wherever a duration is
// added up over time and not divided by a count.
func TestSecondsASecond(t *testing.T) {
	found := 0
	for _, classic := range []bool{false, true} {
		for _, p := range read(t, grafana.Options{Classic: classic}).Panels {
			for _, target := range p.Targets {
				sum := !strings.Contains(target.Expr, " / ") && secondsAdded.MatchString(target.Expr)
				if sum {
					found++
				}
				if unit := p.unit(target.RefID); sum != (unit == "si:s/s") {
					t.Errorf("%s has the unit %q for %s", p.Title, unit, target.Expr)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d expressions are of seconds a second", found)
	}
}

// What is set for a column, or sorts the table, is of one that there is, and names,
// which are long, have more room than figures, but not so much that a column leaves a
// small screen.
func TestColumns(t *testing.T) {
	tables := 0
	for _, p := range read(t, grafana.Options{}).Panels {
		if p.Type != "table" {
			continue
		}
		tables++
		columns := map[string]bool{}
		for _, tr := range p.Transformations {
			for _, title := range tr.Options.RenameByName {
				columns[title] = true
			}
		}
		for _, q := range p.Targets {
			if len(p.Targets) > 1 && p.Transformations[1].Options.RenameByName["Value #"+q.RefID] == "" {
				t.Errorf("%s: the results of %s have no title", p.Title, q.Expr)
			}
		}
		var o struct {
			SortBy []struct{ DisplayName string }
		}
		if err := json.Unmarshal(p.Options, &o); err != nil || len(o.SortBy) != 1 || !columns[o.SortBy[0].DisplayName] {
			t.Errorf("%s is sorted by %+v (%v)", p.Title, o.SortBy, err)
		}
		pixels, widened := p.FieldConfig.Defaults.Custom.MinWidth*float64(len(p.Targets)), false
		for _, set := range p.FieldConfig.Overrides {
			if !columns[set.Matcher.Options] {
				t.Errorf("%s has no column %q", p.Title, set.Matcher.Options)
			}
			for _, property := range set.Properties {
				var width float64
				if property.ID == "custom.width" && json.Unmarshal(property.Value, &width) == nil {
					pixels, widened = pixels+width, true
				}
			}
		}
		if !widened || p.FieldConfig.Defaults.Custom.MinWidth == 0 || pixels > 1200 {
			t.Errorf("%s gives names no more room than figures, or takes more than a small screen has: %v pixels", p.Title, pixels)
		}
	}
	if tables != 2 {
		t.Errorf("there are %d tables", tables)
	}
}

// A value that is missing, or NaN, has no colour: none of what it might have been.
func TestUnknownIsNoAlarm(t *testing.T) {
	found := 0
	for _, p := range read(t, grafana.Options{}).Panels {
		if p.Type != "stat" && p.Type != "table" {
			continue
		}
		found++
		m := p.FieldConfig.Defaults.Mappings
		if len(m) != 1 || m[0].Type != "special" || m[0].Options.Match != "null+nan" || m[0].Options.Result.Text != "–" || m[0].Options.Result.Color != "text" {
			t.Errorf("%s has the mappings %+v", p.Title, m)
		}
	}
	if found < 8 {
		t.Errorf("there are %d tiles and tables", found)
	}
}

// Lines have nothing under them, and piles no lines. What differs by powers of ten is
// shown so, and where nothing happens, an axis doesn't end at 100 a second, or 10,000 %.
func TestDrawing(t *testing.T) {
	logarithmic := 0
	for _, p := range read(t, grafana.Options{}).Panels {
		if p.Type != "timeseries" {
			continue
		}
		d := p.FieldConfig.Defaults
		if piled := d.Custom.Stacking.Mode != ""; piled != (d.Custom.FillOpacity > 0) || piled != (d.Custom.LineWidth == 0) {
			t.Errorf("%s is drawn as %+v", p.Title, d.Custom)
		}
		if d.Custom.ScaleDistribution.Type == "log" {
			logarithmic++
		}
		for _, target := range p.Targets {
			if strings.HasPrefix(target.LegendFormat, "limit") && !p.dashes(target.LegendFormat) {
				t.Errorf("%s has the line of %q hide one that reaches it", p.Title, target.LegendFormat)
			}
		}
		none := strings.Contains(p.Targets[0].Expr, " or on () (0 * ") || strings.Contains(p.Targets[0].Expr, "_errors_total")
		if (none && d.Unit != "short" && !strings.HasPrefix(d.Unit, "si:") || d.Unit == "percentunit" && d.Max == nil) && (d.Custom.AxisSoftMax <= 0 || d.Custom.AxisSoftMax > 1) {
			t.Errorf("%s has no end of its axis", p.Title)
		}
	}
	if logarithmic != 2 {
		t.Errorf("%d panels have a logarithmic axis", logarithmic)
	}
}

// A panel that is empty although functions are called and answer says why: it shows
// nothing but metrics that not every function has.
func TestEmptyPanels(t *testing.T) {
	always := []promql.Metric{
		promql.Requests, promql.RequestDuration, promql.ComputeDuration, promql.Comparisons, promql.TierLookups, promql.Entries,
		promql.EntryAge, promql.Saved, promql.Overhead, promql.Info,
	}
	explained := 0
	for _, p := range read(t, grafana.Options{}).Panels {
		if p.Type == "row" {
			continue
		}
		has := false
		for _, target := range p.Targets {
			names, _ := promqltest.Metrics(target.Expr)
			for _, m := range always {
				has = has || slices.Contains(names, m.Name)
			}
		}
		says := strings.HasPrefix(p.FieldConfig.Defaults.NoValue, "No data wh")
		if says {
			explained++
		}
		if says == has {
			t.Errorf("%s says %q when it is empty", p.Title, p.FieldConfig.Defaults.NoValue)
		}
	}
	if explained < 10 {
		t.Errorf("%d panels say why they are empty", explained)
	}
}

// Where there is a line for each function, of which there may be many, those that are
// worth a look come first; elsewhere the names of all lines find room.
func TestLegends(t *testing.T) {
	ranked := 0
	for _, p := range read(t, grafana.Options{}).Panels {
		if p.Type != "timeseries" {
			continue
		}
		var o struct {
			Legend struct {
				Calcs               []string
				DisplayMode, SortBy string
			}
		}
		if err := json.Unmarshal(p.Options, &o); err != nil {
			t.Fatal(err)
		}
		l := o.Legend
		if strings.HasPrefix(p.Targets[0].LegendFormat, "{{cache}}") {
			ranked++
			titles := map[string]string{"lastNotNull": "Last *", "max": "Max"}
			if l.DisplayMode != "table" || len(l.Calcs) == 0 || l.Calcs[0] != "lastNotNull" || l.SortBy != titles[l.Calcs[len(l.Calcs)-1]] {
				t.Errorf("%s has the legend %+v for many functions", p.Title, l)
			}
		} else if l.DisplayMode != "list" || len(l.Calcs) > 0 {
			t.Errorf("%s has the legend %+v", p.Title, l)
		}
	}
	if ranked < 5 {
		t.Errorf("%d panels compare functions", ranked)
	}
}

func TestOptions(t *testing.T) {
	if b := read(t, grafana.Options{}); b.Title != "Cached functions" || b.UID != "cachier" {
		t.Errorf("%q, %q", b.Title, b.UID)
	}
	if b := read(t, grafana.Options{Title: "Caches <of> us", UID: "us"}); b.Title != "Caches <of> us" || b.UID != "us" {
		t.Errorf("%q, %q", b.Title, b.UID)
	}
}
