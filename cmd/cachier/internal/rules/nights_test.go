package rules_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/rules"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Of the few calls of a night fewer are hits than of the many of a day. That is an
// alert in the first night, of which nobody knows better, and then only if a night is
// worse than the one before.
func TestNights(t *testing.T) {
	promtool := testserver.Program(t, "promtool")
	const day, night = 16 * 60, 8 * 60
	const usual, worse = "as in every night", "worse than in the night before"
	var b strings.Builder
	b.WriteString("rule_files: [rules.yaml]\nevaluation_interval: 2m\ntests:\n  - interval: 1m\n    input_series:\n")
	fell := map[string]alert{}
	for job, hits := range map[string]int{usual: 10, worse: 5} { // a minute, of 20 calls, in the second night
		fmt.Fprintf(&b, "      - series: 'cachier_info{job=%q}'\n        values: '1x%d'\n", job, 2*(day+night)-1)
		for outcome, each := range map[string][4]int{"hit": {54, 10, 54, hits}, "miss": {6, 10, 6, 20 - hits}} {
			total, values := 0, ""
			for i, minutes := range []int{day, night, day, night} {
				values += fmt.Sprintf(" %d+%dx%d", total, each[i], minutes-1)
				total += each[i] * minutes
			}
			fmt.Fprintf(&b, "      - series: 'cachier_requests_total{job=%q,cache=\"users.fetch\",outcome=%q}'\n        values: '%s'\n",
				job, outcome, values)
		}
		fell[job] = alert{name: "CachierHitRatioFell", severity: "warning", labels: map[string]string{"job": job, "cache": "users.fetch"}}
	}
	b.WriteString("    promql_expr_test:\n")
	firing(&b, day, nil)
	firing(&b, day+night, []alert{fell[usual], fell[worse]})
	firing(&b, day+night+day, nil)
	for _, minute := range []int{60, 120, night - 2} {
		firing(&b, day+night+day+minute, []alert{fell[worse]})
	}
	dir := t.TempDir()
	file(t, dir, "rules.yaml", written(t, rules.Options{By: []string{"job"}, Classic: true}))
	out, err := exec.Command(promtool, "test", "rules", file(t, dir, "nights.yaml", []byte(b.String()))).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
