package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/cmd/cachier/internal/report"
	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
	"github.com/cachier-go/cachier/fleet"
)

// fleetArgs choose what is asked of which fleet.
type fleetArgs struct {
	Store    string        `arg:"" placeholder:"URL" help:"The store that the programs publish to: ${stores}."`
	Function string        `arg:"" optional:"" placeholder:"FUNCTION" help:"Only this function; users.* for all whose names begin so."`
	Since    time.Duration `default:"1h" placeholder:"DURATION" help:"How far back, at most 192h (${default}); 0 for everything that was ever counted."`
	By       []string      `default:"function" placeholder:"NAME" help:"What to add up by: function, instance, version or a label, several with commas (${default})."`
	Fleet    string        `placeholder:"NAME" help:"The fleet, where it has a name."`
}

// Validate refuses a time that there can't be anything of.
func (a *fleetArgs) Validate() error {
	if a.Since < 0 {
		return fmt.Errorf("--since is %v; want more than 0, or 0 for everything", a.Since)
	}
	return nil
}

// ask asks the fleet.
func (a *fleetArgs) ask(ctx context.Context, s *location.Store) (*report.Report, error) {
	view, err := fleet.NewView(s.Backend, a.Fleet)
	if err != nil {
		return nil, usageError(err.Error())
	}
	r := &report.Report{Fleet: s.Location.String(), Since: a.Since, By: a.By}
	if a.Since == 0 {
		r.Answer, err = view.Totals(ctx)
	} else {
		r.Answer, err = view.Window(ctx, a.Since)
	}
	if err != nil {
		return nil, s.Location.Explain(err)
	}
	if a.Function != "" {
		r.Answer.Keep(func(p fleet.Part) bool { return fits(a.Function, p.Snapshot.Name) })
	}
	return r, nil
}

// fits says whether a name is the one given, or begins as that says with a *.
func fits(pattern, name string) bool {
	if start, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasPrefix(name, start) {
		return true
	}
	return name == pattern
}

type reportCommand struct {
	fleetArgs
	JSON bool `name:"json" help:"Report as JSON, with times in seconds."`
}

func (c *reportCommand) Run(ctx context.Context, out console) error {
	return storeArg{c.Store}.with(ctx, out, func(s *location.Store) error {
		r, err := c.ask(ctx, s)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return writeJSON(out.out)(r.JSON())
		}
		_, err = io.WriteString(out.out, r.Text(time.Now()))
		return err
	})
}

type topCommand struct {
	fleetArgs
	Every time.Duration  `default:"5s" placeholder:"DURATION" help:"How often to look (${default})."`
	For   *time.Duration `placeholder:"DURATION" help:"End by itself after so long. Without it, Ctrl-C ends it."`
}

// Validate refuses to look without a pause.
func (c *topCommand) Validate() error {
	switch {
	case c.Every < time.Second:
		return fmt.Errorf("--every is %v; want a second or more", c.Every)
	case c.For != nil && *c.For <= 0:
		return fmt.Errorf("--for is %v; want more than 0", *c.For)
	}
	return c.fleetArgs.Validate()
}

// clearScreen goes to the upper left corner and clears what is below.
const clearScreen = "\x1b[H\x1b[J"

func (c *topCommand) Run(ctx context.Context, out console) error {
	if d := given(c.For); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	return storeArg{c.Store}.with(ctx, out, func(s *location.Store) error {
		ticker := time.NewTicker(c.Every)
		defer ticker.Stop()
		for {
			r, err := c.ask(ctx, s)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			page := r.Text(time.Now()) + "\n"
			if width, height := size(out.out); width > 0 {
				page = clearScreen + text.Fit(page, width, height-2) + "Every " + c.Every.String() + "; Ctrl-C ends it.\n"
			}
			if _, err := io.WriteString(out.out, page); err != nil {
				return err
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return nil
			}
		}
	})
}
