package grafana_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/grafana"
	"github.com/cachier-go/cachier/metrics"
)

// board is what of Grafana's model the tests look at.
type board struct {
	Title, UID string
	Panels     []struct {
		ID                       int
		Type, Title, Description string
		GridPos                  struct{ X, Y, W, H int }
		Targets                  []struct{ RefID, Expr string }
		Options                  json.RawMessage
		FieldConfig              struct{ Defaults struct{ Unit string } }
	}
}

func read(t *testing.T, o grafana.Options) (b board) {
	t.Helper()
	if err := json.Unmarshal(written(t, o), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	names    = regexp.MustCompile(`cachier_\w+`)
	selector = regexp.MustCompile(`(cachier_\w+)\{([^}]*)\}`)
	matcher  = regexp.MustCompile(`(\w+)(?:=|!=|=~|!~)"([^"]*)"`)
	part     = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// Every metric, label and value that an expression names is in the catalogue, read
// here from the text that Prometheus gets; and every metric is on some panel.
func TestExpressionsAreOfTheCatalogue(t *testing.T) {
	catalog := map[string]metrics.Metric{}
	for _, m := range metrics.Catalog() {
		catalog[m.Name] = m
	}
	of := func(name string) (metrics.Metric, bool) {
		m, ok := catalog[name]
		if !ok {
			m, ok = catalog[part.ReplaceAllString(name, "")]
			ok = ok && m.Kind == metrics.KindHistogram
		}
		return m, ok
	}
	for _, classic := range []bool{false, true} {
		shown := map[string]bool{}
		for _, p := range read(t, grafana.Options{Classic: classic}).Panels {
			for _, target := range p.Targets {
				for _, name := range names.FindAllString(target.Expr, -1) {
					m, ok := of(name)
					if !ok {
						t.Errorf("%s: the catalogue has no %s", p.Title, name)
					}
					shown[m.Name] = true
				}
				for _, s := range selector.FindAllStringSubmatch(target.Expr, -1) {
					m, _ := of(s[1])
					for _, c := range matcher.FindAllStringSubmatch(s[2], -1) {
						if err := possible(m, c[1], c[2]); err != nil {
							t.Errorf("%s: %v", p.Title, err)
						}
					}
				}
			}
		}
		for name := range catalog {
			if !shown[name] {
				t.Errorf("classic %v: no panel shows %s", classic, name)
			}
		}
	}
}

// possible says what is wrong with a matcher, if anything.
func possible(m metrics.Metric, label, values string) error {
	if slices.Contains([]string{"job", "instance", "cache"}, label) {
		return nil
	}
	for _, def := range m.Labels {
		if def.Name != label {
			continue
		}
		for value := range strings.SplitSeq(values, "|") {
			if !slices.Contains(def.Values, value) {
				return fmt.Errorf("%s of %s is never %q", label, m.Name, value)
			}
		}
		return nil
	}
	return fmt.Errorf("%s has no label %s", m.Name, label)
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

func TestOptions(t *testing.T) {
	if b := read(t, grafana.Options{}); b.Title != "Cached functions" || b.UID != "cachier" {
		t.Errorf("%q, %q", b.Title, b.UID)
	}
	if b := read(t, grafana.Options{Title: "Caches <of> us", UID: "us"}); b.Title != "Caches <of> us" || b.UID != "us" {
		t.Errorf("%q, %q", b.Title, b.UID)
	}
}
