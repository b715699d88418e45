package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

type lsCommand struct {
	storeArg
	filterArgs
	Limit *int64 `placeholder:"N" help:"End after so many entries."`
	JSON  bool   `name:"json" help:"One object of JSON a line, with times in seconds."`
}

// Validate refuses a list of nothing.
func (c *lsCommand) Validate() error {
	if c.Limit != nil && *c.Limit <= 0 {
		return fmt.Errorf("--limit is %d; want 1 or more, or no --limit for all", *c.Limit)
	}
	return nil
}

func (c *lsCommand) Run(ctx context.Context, out console) error {
	return c.with(ctx, out, func(s *location.Store) error {
		var b *bar
		if _, ok := terminal(out.out); !ok { // the entries themselves show how it goes
			b = scanBar(ctx, out, s)
		}
		shown, more, err := c.list(ctx, s, out.out, b)
		b.clear()
		switch {
		case ctx.Err() != nil:
			_, _ = fmt.Fprintf(out.err, "Interrupted: these are %s, and there may be more.\n", entries.Entries(shown))
			return errInterrupted
		case err != nil:
			return err
		case shown == 0 && !c.JSON:
			_, err = fmt.Fprintf(out.out, "No entries%s.\n", c.filter())
		case more && !c.JSON:
			_, err = fmt.Fprintf(out.out, "These are the first %d; there are more.\n", shown)
		}
		return err
	})
}

// list writes the entries, and says how many, and whether the limit left some
// out.
func (c *lsCommand) list(ctx context.Context, s *location.Store, out io.Writer, b *bar) (shown int64, more bool, err error) {
	write, closeList := c.writer(out)
	var r entries.Reading
	for e, err := range entries.Each(ctx, s, c.filter(), &r, b.reading()) {
		if err == nil && c.Limit != nil && shown == *c.Limit {
			more = true
			break
		}
		if err == nil {
			err = write(e)
		}
		if err != nil {
			_ = closeList() // what was found before is true all the same
			return shown, false, err
		}
		shown++
	}
	return shown, more, closeList()
}

// writer is how an entry is written, and what to do after the last.
func (c *lsCommand) writer(out io.Writer) (write func(entries.Entry) error, end func() error) {
	now := time.Now()
	if !c.JSON {
		t := entries.NewTable(out, now)
		return t.Add, t.Close
	}
	w := bufio.NewWriter(out)
	return func(e entries.Entry) error {
		line, err := e.JSON(now)
		if err == nil {
			_, err = w.Write(append(line, '\n'))
		}
		return err
	}, w.Flush
}
