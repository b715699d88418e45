package cli

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/cachier-go/cachier/cmd/cachier/internal/grafana"
)

type grafanaCommand struct {
	Title   string `default:"Cached functions" placeholder:"TEXT" help:"The title of the dashboard (${default})."`
	UID     string `name:"uid" default:"cachier" placeholder:"TEXT" help:"By what Grafana knows the dashboard (${default}); of two with the same, the later replaces the earlier."`
	Classic bool   `help:"For Prometheus servers that don't keep native histograms; programs then need promexport.WithClassicBuckets."`
}

var dashboardUID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,40}$`)

// Validate refuses what Grafana would.
func (c *grafanaCommand) Validate() error {
	switch {
	case c.Title == "":
		return errors.New("--title is empty; want a name, such as Cached functions")
	case !dashboardUID.MatchString(c.UID):
		return fmt.Errorf("--uid is %q; want 1 to 40 letters, digits, - and _", c.UID)
	}
	return nil
}

func (c *grafanaCommand) Run(out console) error {
	return grafana.Write(out.out, grafana.Options{Title: c.Title, UID: c.UID, Classic: c.Classic})
}
