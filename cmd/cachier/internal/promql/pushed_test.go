package promql_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/promql"
	"github.com/cachier-go/cachier/metrics"
)

// docs/exporters.md lists the metrics that have another name by OTLP, and no others.
func TestDocumentOfOTLP(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/exporters.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| by scrape | by OTLP |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	listed := map[string]string{}
	for line := range strings.Lines(table) {
		columns := strings.Split(line, "|")
		scraped, pushed := strings.Split(columns[1], ","), strings.Split(columns[2], ",")
		for i, name := range scraped {
			listed[strings.Trim(name, " `")] = strings.Trim(pushed[i], " `")
		}
	}
	want := map[string]string{}
	for _, m := range metrics.Catalog() {
		if pushed := (promql.Metric{Metric: m}).Pushed(); pushed != m.Name {
			want[m.Name] = pushed
		}
	}
	if !maps.Equal(listed, want) {
		t.Errorf("listed are\n%v, want\n%v", listed, want)
	}
}
