//go:build unix

package main_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

// What the command prints for Grafana and Prometheus works over what the demo tells a
// real Prometheus, in both forms of histograms: each expression of a panel and each
// recording rule has data, every alert rule is sound, and nothing gives cause for a
// warning.
func TestMonitoring(t *testing.T) {
	target := startDemo(t)
	for form, flags := range map[string][]string{"native": nil, "classic": {"--classic"}} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			p := watch(t, target, form == "native", printed(t, "rules", flags))
			var d dashboard
			if err := json.Unmarshal(printed(t, "grafana", flags), &d); err != nil {
				t.Fatal(err)
			}
			queries := 0
			for _, panel := range d.Panels {
				for _, of := range panel.Targets {
					queries++
					testserver.Eventually(t, panel.Title+": "+of.Expr, func() error { return p.anyHasData(of.Expr) })
				}
			}
			for _, v := range d.Templating.List {
				testserver.Eventually(t, v.Name, func() error { return p.offers(v) })
			}
			rules := p.rules(t)
			for _, r := range rules {
				testserver.Eventually(t, r.Name, func() error {
					err := p.hasData(r.Query)
					if r.Type == "alerting" && errors.Is(err, errNoData) {
						return nil
					}
					return err
				})
				if r.Health == "err" {
					t.Errorf("%s: %s", r.Name, r.LastError)
				}
			}
			if queries < 50 || len(rules) < 20 {
				t.Errorf("%d queries and %d rules", queries, len(rules))
			}
		})
	}
}

// dashboard is what of Grafana's model the test looks at.
type dashboard struct {
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
	Templating struct{ List []choice }
}

type choice struct {
	Name, Type string
	Query      json.RawMessage
}

// startDemo runs the demo and returns its host and port.
func startDemo(t *testing.T) string {
	t.Helper()
	c := command(t, "demo", "--addr", "127.0.0.1:0")
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait() // other tests look at how it ends
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if page, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "page"); ok {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(page), "http://"), "/")
		}
	}
	t.Fatal("the demo doesn't say where it is")
	return ""
}

// printed is what a command prints.
func printed(t *testing.T, name string, flags []string) []byte {
	t.Helper()
	out, err := command(t, append([]string{name}, flags...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// prometheus is one that watches the demo.
type prometheus struct{ *testserver.Prometheus }

func watch(t *testing.T, target string, native bool, rules []byte) prometheus {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, rules, 0o600); err != nil {
		t.Fatal(err)
	}
	return prometheus{testserver.StartPrometheus3(t, fmt.Sprintf(`
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [%q]
scrape_configs:
  - job_name: demo
    scrape_native_histograms: %v
    static_configs:
      - targets: [%q]
`, file, native, target))}
}

var errNoData = errors.New("no data")

// anyHasData asks a panel's query about all functions of the demo, or where it is
// about one, about each until there is data.
func (p prometheus) anyHasData(expr string) error {
	expr = strings.NewReplacer("$job", "demo", "$instance", ".*", "$__rate_interval", "4s", "$__range", "1m").Replace(expr)
	var err error
	for _, function := range []string{"fractal.tile", "notes.render", "rates.fetch", "weather.forecast", "shop.bestsellers"} {
		if err = p.hasData(strings.ReplaceAll(expr, "$cache", function)); !errors.Is(err, errNoData) {
			return err
		}
	}
	return err
}

// hasData asks for a value that is a number.
func (p prometheus) hasData(expr string) error {
	values, err := p.query(expr)
	if err == nil && !slices.ContainsFunc(values, func(v string) bool { return v != "NaN" }) {
		err = errNoData
	}
	return err
}

// query returns the values of an expression now. What Prometheus remarks on it is an
// error.
func (p prometheus) query(expr string) (values []string, err error) {
	var result []struct{ Value [2]any }
	var data struct{ Result json.RawMessage }
	if err := p.get("/api/v1/query?query="+url.QueryEscape(expr), &data); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data.Result, &result); err != nil {
		return nil, err
	}
	if len(result) == 0 {
		return nil, errNoData
	}
	for _, r := range result {
		values = append(values, fmt.Sprint(r.Value[1]))
	}
	return values, nil
}

// offers wants a variable to have something to choose from.
func (p prometheus) offers(v choice) error {
	if v.Type != "query" {
		return nil
	}
	var q struct{ Query string }
	if err := json.Unmarshal(v.Query, &q); err != nil {
		return err
	}
	inner, ok := strings.CutPrefix(strings.TrimSuffix(q.Query, ", "+v.Name+")"), "label_values(")
	if !ok {
		return errors.New(q.Query)
	}
	match := strings.NewReplacer("$job", ".*", "$instance", ".*").Replace(inner)
	var values []string
	err := p.get("/api/v1/label/"+v.Name+"/values?match[]="+url.QueryEscape(match), &values)
	if err == nil && len(values) == 0 {
		err = errNoData
	}
	return err
}

type loadedRule struct{ Name, Query, Type, Health, LastError string }

// rules are those that Prometheus has loaded.
func (p prometheus) rules(t *testing.T) (all []loadedRule) {
	t.Helper()
	var data struct {
		Groups []struct{ Rules []loadedRule }
	}
	if err := p.get("/api/v1/rules", &data); err != nil {
		t.Fatal(err)
	}
	for _, g := range data.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func (p prometheus) get(path string, data any) error {
	response, err := http.Get(p.URL + path)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		Status, Error   string
		Warnings, Infos []string
		Data            any
	}
	body.Data = data
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return err
	}
	if remarks := append(body.Warnings, body.Infos...); body.Status != "success" || len(remarks) > 0 {
		return fmt.Errorf("%s %s %q", path, body.Error, remarks)
	}
	return nil
}
