package cli

import (
	"context"
	"fmt"

	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

type gcCommand struct {
	storeArg
	DryRun bool `help:"Say what would be removed, and remove nothing."`
	JSON   bool `name:"json" help:"Report as JSON, with what was there before."`
}

func (c *gcCommand) Run(ctx context.Context, out console) error {
	return c.with(ctx, out, func(s *location.Store) error {
		before, err := measure(ctx, out, s, entries.Filter{})
		switch {
		case err != nil:
			return err
		case !before.Complete:
			_, _ = fmt.Fprintln(out.err, "Interrupted before anything was removed.")
			return errInterrupted
		case c.DryRun:
			return c.report(out, s, before, entries.Removed{Complete: true})
		}
		b := newBar(out, "removing", before.Total.Expired+before.Others.Expired)
		done, err := entries.Collect(ctx, s, b.gone())
		b.clear()
		if err != nil {
			return fmt.Errorf("%w (%s removed before that)", err, entries.Entries(done.Entries))
		}
		return c.report(out, s, before, done)
	})
}

func (c *gcCommand) report(out console, s *location.Store, before *entries.Usage, done entries.Removed) error {
	var err error
	switch {
	case c.JSON:
		err = writeJSON(out.out)(done.JSON(s.Location.String(), c.DryRun, before))
	case c.DryRun:
		_, err = fmt.Fprintf(out.out, "Would remove %s of %s, and what dead processes may have left behind. Nothing was removed.\n",
			entries.Expired(before.Total.Expired+before.Others.Expired), text64(before.Total.Entries+before.Others.Entries))
	default:
		begin := ""
		if !done.Complete {
			begin = "Interrupted: until then "
		}
		said := fmt.Sprintf("removed %s", entries.Expired(done.Entries))
		if begin == "" {
			said = "R" + said[1:]
		}
		if done.Files > 0 {
			said += " and " + entries.Files(done.Files)
		}
		_, err = fmt.Fprintln(out.out, begin+said+".")
	}
	if err == nil && !done.Complete {
		return errInterrupted
	}
	return err
}
