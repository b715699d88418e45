package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cachier-go/cachier/cmd/cachier/internal/rules"
	"github.com/cachier-go/cachier/metrics"
)

type rulesCommand struct {
	By      []string `default:"job" placeholder:"LABEL" help:"The labels that tell services apart (${default}), such as namespace,job."`
	Classic bool     `help:"For Prometheus servers that don't keep native histograms."`
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// Validate refuses what is no name of a label, or is one that rules have already.
func (c *rulesCommand) Validate() error {
	for i, name := range c.By {
		switch {
		case !labelName.MatchString(name):
			return fmt.Errorf("--by has %q; want names of labels, such as namespace,job", name)
		case slices.Contains([]string{"cache", "backend", "operation", "le", "severity", "alertname"}, name), strings.HasPrefix(name, "__"):
			return fmt.Errorf("--by has %s, which rules are by anyway or use themselves; want labels of the service, such as namespace,job", name)
		case ofMetrics(name):
			return fmt.Errorf("--by has %s, which only some of the metrics have; want labels of the service, such as namespace,job", name)
		case slices.Contains(c.By[:i], name):
			return fmt.Errorf("--by has %s twice", name)
		}
	}
	return nil
}

// ofMetrics reports whether some of the metrics have a label of that name themselves.
func ofMetrics(name string) bool {
	return slices.ContainsFunc(metrics.Catalog(), func(m metrics.Metric) bool {
		return slices.ContainsFunc(m.Labels, func(l metrics.LabelDef) bool { return l.Name == name })
	})
}

func (c *rulesCommand) Run(out console) error {
	return rules.Write(out.out, rules.Options{By: c.By, Classic: c.Classic})
}
