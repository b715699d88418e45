package rules

import (
	"fmt"
	"io"
	"strings"
)

// rule is a recording rule, or an alert where it has a name as such.
type rule struct {
	record, alert string
	expr          string
	lasts         string // how long it must hold: of alerts alone
	severity      string
	summary       string
	description   string
}

type group struct {
	name     string
	interval string // empty: Prometheus's own
	rules    []rule
}

// write writes groups as YAML. Texts are quoted as JSON, which YAML includes.
func write(w io.Writer, head string, groups []group) error {
	var b strings.Builder
	for line := range strings.Lines(head) {
		b.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
	}
	b.WriteString("groups:\n")
	for i, g := range groups {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "  - name: %s\n", g.name)
		if g.interval != "" {
			fmt.Fprintf(&b, "    interval: %s\n", g.interval)
		}
		b.WriteString("    rules:\n")
		for _, r := range g.rules {
			r.write(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r rule) write(b *strings.Builder) {
	if r.record != "" {
		fmt.Fprintf(b, "      - record: %s\n", r.record)
	} else {
		fmt.Fprintf(b, "      - alert: %s\n", r.alert)
	}
	b.WriteString("        expr: |-\n")
	for line := range strings.Lines(r.expr) {
		b.WriteString("          " + line)
	}
	b.WriteByte('\n')
	if r.alert == "" {
		return
	}
	fmt.Fprintf(b, "        for: %s\n        labels:\n          severity: %s\n", r.lasts, r.severity)
	fmt.Fprintf(b, "        annotations:\n          summary: %q\n          description: %q\n", r.summary, r.description)
}
