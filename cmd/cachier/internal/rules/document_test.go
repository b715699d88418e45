package rules_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/rules"
)

// docs/exporters.md has each alert with the time that it lasts, and what recording
// costs.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/exporters.md")
	if err != nil {
		t.Fatal(err)
	}
	printed := string(written(t, rules.Options{By: []string{"job"}}))
	alerts := regexp.MustCompile(`(?s)- alert: (\w+).*?for: (\d+)(\w)`).FindAllStringSubmatch(printed, -1)
	for _, a := range alerts {
		row := regexp.MustCompile(fmt.Sprintf("(?m)^\\| `%s` \\| .* \\| %s %s \\|$", a[1], a[2], map[string]string{"m": "min", "h": "h"}[a[3]]))
		if !row.Match(text) {
			t.Errorf("%s for %s%s is not in the table", a[1], a[2], a[3])
		}
	}
	if listed := strings.Count(string(text), "\n| `Cachier"); listed != len(alerts) || listed == 0 {
		t.Errorf("%d alerts are in the table, of %d", listed, len(alerts))
	}
	series := strings.Count(printed, "- record: cache:")
	if stores := strings.Count(printed, "- record: cache_backend:"); stores != 2 || !strings.Contains(string(text), fmt.Sprintf("costs %d series a function, and two more", series)) {
		t.Errorf("%d series of a function and %d of a kind of store are not what it costs", series, stores)
	}
}
