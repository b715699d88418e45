package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

type clearCommand struct {
	storeArg
	filterArgs
	All    bool `help:"All functions, or all of the namespace."`
	DryRun bool `help:"Say what would be deleted, and delete nothing."`
	Yes    bool `short:"y" help:"Don't ask."`
	JSON   bool `name:"json" help:"Report as JSON, with what was there before."`
}

// Validate wants it said what to clear: nothing said must not mean everything.
func (c *clearCommand) Validate() error {
	switch {
	case c.Function == "" && !c.All:
		return errors.New("nothing says what to delete: name a function, or give --all")
	case c.Function != "" && c.All:
		return fmt.Errorf("both %s and --all are given: leave one of them out", c.Function)
	}
	return nil
}

func (c *clearCommand) Run(ctx context.Context, out console) error {
	return c.with(ctx, out, func(s *location.Store) error {
		before, err := measure(ctx, out, s, c.filter())
		switch {
		case err != nil:
			return err
		case !before.Complete:
			_, _ = fmt.Fprintln(out.err, "Interrupted before anything was deleted.")
			return errInterrupted
		}
		if err := c.unambiguous(before); err != nil {
			return err
		}
		if c.DryRun || before.Total.Entries == 0 {
			return c.report(out, s, before, entries.Removed{Complete: true})
		}
		if !c.Yes {
			if err := c.confirm(ctx, out, s, before); err != nil {
				return err
			}
		}
		b := newBar(out, "deleting", before.Total.Entries)
		done, err := entries.Clear(ctx, s, before.Functions, b.gone())
		b.clear()
		if err != nil {
			return fmt.Errorf("%w (%s of %s deleted before that)", err, text64(done.Entries), entries.Entries(before.Total.Entries))
		}
		return c.report(out, s, before, done)
	})
}

// unambiguous refuses one name that stands for several functions: scripts don't
// see what a question would show.
func (c *clearCommand) unambiguous(u *entries.Usage) error {
	if len(u.Functions) < 2 || c.Namespace != "" || !c.filter().One() {
		return nil
	}
	var names []string
	for _, f := range u.Functions {
		names = append(names, f.Namespace)
	}
	return usageError(fmt.Sprintf("clear: %s is in %d namespaces (%s): choose with --namespace, which may be '*'",
		c.Function, len(names), strings.Join(names, ", ")))
}

// confirm asks whether it is meant.
func (c *clearCommand) confirm(ctx context.Context, out console, s *location.Store, before *entries.Usage) error {
	_, _ = fmt.Fprint(out.err, before.Text(time.Now()))
	yes, err := ask(ctx, out, fmt.Sprintf("Delete %s from %s? [y/N] ", entries.Entries(before.Total.Entries), s.Location))
	switch {
	case err != nil:
		return err
	case !yes:
		return errors.New("nothing was deleted, as nobody said yes")
	}
	return nil
}

func (c *clearCommand) report(out console, s *location.Store, before *entries.Usage, done entries.Removed) error {
	all := entries.Entries(before.Total.Entries)
	var err error
	switch {
	case c.JSON:
		err = writeJSON(out.out)(done.JSON(s.Location.String(), c.DryRun, before))
	case before.Total.Entries == 0:
		_, err = fmt.Fprintf(out.out, "Nothing to delete: no entries%s.\n", c.filter())
	case c.DryRun:
		_, err = io.WriteString(out.out, before.Text(time.Now())+"Would delete "+all+". Nothing was deleted.\n"+before.Notes())
	case !done.Complete:
		_, err = fmt.Fprintf(out.out, "Interrupted: %s of %s deleted; the rest is still there.\n", text64(done.Entries), all)
	default:
		_, err = fmt.Fprintf(out.out, "Deleted %s.\n", entries.Entries(done.Entries))
	}
	if err == nil && !done.Complete {
		return errInterrupted
	}
	return err
}
