package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// storeArg is the store that a command looks into.
type storeArg struct {
	Store string `arg:"" placeholder:"URL" help:"The store: ${stores}."`
}

// with runs f on the open store.
func (a storeArg) with(ctx context.Context, out console, f func(s *location.Store) error) error {
	l, err := location.Parse(a.Store)
	if err != nil {
		return err
	}
	s, err := l.Open(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		_, _ = fmt.Fprintln(out.err, "Interrupted before the store was open.")
		return errInterrupted
	case err != nil:
		return err
	}
	return errors.Join(f(s), s.Close())
}

// filterArgs choose functions.
type filterArgs struct {
	Function  string `arg:"" optional:"" placeholder:"FUNCTION" help:"Only this function; users.* for all whose names begin so."`
	Namespace string `placeholder:"NAME" help:"Only functions of this namespace; it may end in *, too."`
}

func (a filterArgs) filter() entries.Filter {
	return entries.Filter{Function: a.Function, Namespace: a.Namespace}
}
