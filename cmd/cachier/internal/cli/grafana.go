package cli

import (
	"github.com/cachier-go/cachier/cmd/cachier/internal/grafana"
)

type grafanaCommand struct {
	Title   string `default:"Cached functions" help:"The title of the dashboard (${default})."`
	UID     string `name:"uid" default:"cachier" help:"By what Grafana knows the dashboard (${default}): of two with one, the later replaces the earlier."`
	Classic bool   `help:"For Prometheus servers that don't keep native histograms; the programs need promexport.WithClassicBuckets."`
}

func (c *grafanaCommand) Run(out console) error {
	return grafana.Write(out.out, grafana.Options{Title: c.Title, UID: c.UID, Classic: c.Classic})
}
