package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

type sizeCommand struct {
	storeArg
	filterArgs
	JSON bool `name:"json" help:"Report as JSON, with sizes in bytes."`
}

func (c *sizeCommand) Run(ctx context.Context, out console) error {
	return c.with(ctx, out, func(s *location.Store) error {
		u, err := measure(ctx, out, s, c.filter())
		if err != nil {
			return err
		}
		if c.JSON {
			err = writeJSON(out.out)(u.JSON(s.Location.String()))
		} else {
			err = writeUsage(out.out, u, c.filter())
		}
		if err == nil && !u.Complete {
			return errInterrupted
		}
		return err
	})
}

// measure adds up what is in the store, with a bar where that takes long.
func measure(ctx context.Context, out console, s *location.Store, f entries.Filter) (*entries.Usage, error) {
	b := scanBar(ctx, out, s)
	defer b.clear()
	return entries.Measure(ctx, s, f, b.reading())
}

func writeUsage(w io.Writer, u *entries.Usage, f entries.Filter) error {
	begin := ""
	if !u.Complete {
		begin = "Interrupted: this covers what was read until then.\n"
	}
	body := u.Text(time.Now())
	if len(u.Functions) == 0 {
		body = fmt.Sprintf("No entries%s.\n", f)
	}
	_, err := io.WriteString(w, begin+body+u.Notes())
	return err
}

// writeJSON writes what was encoded, if it could be.
func writeJSON(w io.Writer) func([]byte, error) error {
	return func(b []byte, err error) error {
		if err == nil {
			_, err = w.Write(append(b, '\n'))
		}
		return err
	}
}
