package rules_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/promql/promqltest"
	"github.com/cachier-go/cachier/cmd/cachier/internal/rules"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Prometheus's own checker takes the rules, whatever the options.
func TestCheckRules(t *testing.T) {
	promtool := testserver.Program(t, "promtool")
	for _, o := range []rules.Options{
		{By: []string{"job"}}, {By: []string{"job"}, Classic: true}, {By: []string{"cluster", "namespace", "job"}}, {},
	} {
		out, err := exec.Command(promtool, "check", "rules", "--lint-fatal", file(t, t.TempDir(), "rules.yaml", written(t, o))).CombinedOutput()
		if err != nil {
			t.Errorf("%+v: %v\n%s", o, err, out)
		}
	}
}

// Each alert fires in its story and in no other, at no time, and says what is to be said. Alerts
// are the same for both forms of histograms, and what native ones are recorded as is
// looked at over the demo; version 3 of promtool, which can write them down, is told
// the stories of both.
func TestStories(t *testing.T) {
	promtool := testserver.Program(t, "promtool")
	version, err := exec.Command(promtool, "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, version)
	}
	forms := map[string]bool{"classic": false}
	if !bytes.HasPrefix(version, []byte("promtool, version 2.")) {
		forms["native"] = true
	}
	for name, native := range forms {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file(t, dir, "rules.yaml", written(t, rules.Options{By: []string{"job"}, Classic: !native}))
			var b strings.Builder
			b.WriteString("rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n")
			b.WriteString("  - interval: 1m\n    input_series:\n")
			var early, late []alert
			for _, s := range stories {
				s.tell(&b, native)
				late = append(late, s.fires()...)
				if s.then == nil {
					early = append(early, s.fires()...)
				}
			}
			b.WriteString("    promql_expr_test:\n")
			firing(&b, 20, nil)
			firing(&b, before-1, early)
			firing(&b, before+after-1, late)
			fired(&b, before+after-1, late)
			b.WriteString("    alert_rule_test:\n")
			for _, name := range names(late) {
				saying(&b, name, late)
			}
			b.WriteString("  - interval: 1m\n    input_series: []\n    promql_expr_test:\n")
			firing(&b, 5, nil)
			firing(&b, 20, []alert{{name: "CachierNoData", severity: "critical"}})
			out, err := exec.Command(promtool, "test", "rules", file(t, dir, "stories.yaml", []byte(b.String()))).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// Every metric, label and value that a rule names is in the catalogue.
func TestExpressionsAreOfTheCatalogue(t *testing.T) {
	for _, classic := range []bool{false, true} {
		known, unknown := promqltest.Metrics(string(written(t, rules.Options{By: []string{"job"}, Classic: classic})))
		if len(known) < 10 || len(unknown) > 0 {
			t.Errorf("the catalogue has no %q; known are %q", unknown, known)
		}
	}
}

// The alerts of both forms are the same: they rest on what is recorded.
func TestAlertsOfBothForms(t *testing.T) {
	_, native, _ := strings.Cut(string(written(t, rules.Options{})), "name: cachier-alerts")
	_, classic, _ := strings.Cut(string(written(t, rules.Options{Classic: true})), "name: cachier-alerts")
	if native == "" || native != classic || strings.Contains(native, "_count{") || strings.Contains(native, "histogram_") {
		t.Errorf("they differ, or ask for a histogram:\n%s\n%s", native, classic)
	}
}

// All alerts have a story in which they fire.
func TestEveryAlertHasItsStory(t *testing.T) {
	told := map[string]bool{}
	for _, s := range stories {
		for _, a := range s.alerts {
			told[a.name] = true
		}
	}
	for line := range strings.Lines(string(written(t, rules.Options{}))) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "- alert: "); ok && !told[name] {
			t.Errorf("no story of %s", name)
		}
	}
}

// tell writes the story's series down. Each story is of a service of its own, with a
// function of the same name.
func (s story) tell(b *strings.Builder, native bool) {
	part := strings.NewReplacer("<count>", "_count", "<sum>", "_sum")
	if native {
		part = strings.NewReplacer("<count>", "", "<sum>", "")
	}
	for _, series := range s.series() {
		name, labels, _ := strings.Cut(part.Replace(series), "{")
		fmt.Fprintf(b, "      - series: '%s{job=%q,instance=\"a\",cache=\"users.fetch\",backend=\"redis\",%s'\n        values: '%s'\n",
			name, s.name, labels, s.values(series, native))
	}
}

// fires returns the alerts of the story with all their labels.
func (s story) fires() []alert {
	var all []alert
	for _, a := range s.alerts {
		labels := map[string]string{"job": s.name}
		if a.name != "CachierNoData" {
			labels["cache"] = "users.fetch"
		}
		maps.Copy(labels, a.labels)
		a.labels = labels
		all = append(all, a)
	}
	return all
}

// firing demands that those alerts fire then, and no others.
func firing(b *strings.Builder, minute int, alerts []alert) {
	fmt.Fprintf(b, "      - expr: ALERTS{alertstate=\"firing\"}\n        eval_time: %dm\n        exp_samples:\n", minute)
	for _, a := range alerts {
		pairs := []string{fmt.Sprintf("alertname=%q,alertstate=\"firing\",severity=%q", a.name, a.severity)}
		for _, name := range sorted(a.labels) {
			pairs = append(pairs, fmt.Sprintf("%s=%q", name, a.labels[name]))
		}
		fmt.Fprintf(b, "          - labels: 'ALERTS{%s}'\n            value: 1\n", strings.Join(pairs, ","))
	}
}

// fired demands that those alerts have fired by then, and no others ever.
func fired(b *strings.Builder, minute int, alerts []alert) {
	fmt.Fprintf(b, "      - expr: count by (alertname, job) (last_over_time(ALERTS{alertstate=\"firing\"}[1d]))\n"+
		"        eval_time: %dm\n        exp_samples:\n", minute)
	for _, a := range alerts {
		fmt.Fprintf(b, "          - labels: '{alertname=%q,job=%q}'\n            value: 1\n", a.name, a.labels["job"])
	}
}

// saying demands that an alert says what it should, at the end of all stories.
func saying(b *strings.Builder, name string, alerts []alert) {
	fmt.Fprintf(b, "      - eval_time: %dm\n        alertname: %s\n        exp_alerts:\n", before+after-1, name)
	for _, a := range alerts {
		if a.name != name {
			continue
		}
		fmt.Fprintf(b, "          - exp_labels:\n              severity: %q\n", a.severity)
		for _, label := range sorted(a.labels) {
			fmt.Fprintf(b, "              %s: %q\n", label, a.labels[label])
		}
		fmt.Fprintf(b, "            exp_annotations:\n              summary: %q\n              description: %q\n", a.summary, a.description)
	}
}

func names(alerts []alert) []string {
	all := map[string]bool{}
	for _, a := range alerts {
		all[a.name] = true
	}
	return sorted(all)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func written(t *testing.T, o rules.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := rules.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
