package metrics_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

const (
	metricsDoc = "../docs/metrics.md"
	tableBegin = "<!-- From metrics/catalog.go by `go test ./metrics -update`; do not edit. -->\n"
	tableEnd   = "<!-- End of the generated part. -->\n"
)

// The document's table is the catalogue's.
func TestDocumentIsUpToDate(t *testing.T) {
	text, err := os.ReadFile(metricsDoc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", metricsDoc)
	}
	want := before + tableBegin + "\n" + catalogTable() + "\n" + tableEnd + after
	if string(text) == want {
		return
	}
	if !*update {
		t.Fatalf("%s is out of date; run go test ./metrics -update", metricsDoc)
	}
	if err := os.WriteFile(metricsDoc, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func catalogTable() string {
	var b strings.Builder
	b.WriteString("| Prometheus | OpenTelemetry | unit | kind | further labels | |\n|---|---|---|---|---|---|\n")
	for _, m := range metrics.Catalog() {
		var labels []string
		for _, l := range m.Labels {
			text := "`" + l.Name + "`"
			if len(l.Values) > 0 {
				text += " = " + strings.Join(l.Values, ", ")
			}
			labels = append(labels, text)
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` | %v | %s | %s |\n", m.Name, m.OTel, m.Unit, m.Kind, strings.Join(labels, "; "), m.Help)
	}
	return b.String()
}
