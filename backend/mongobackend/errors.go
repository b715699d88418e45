package mongobackend

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
)

// What the server means by its codes, see
// https://www.mongodb.com/docs/manual/reference/error-codes/.
const (
	namespaceExists  = 48
	writeConflict    = 112
	objectTooLarge   = 10334
	outOfDiskSpace   = 14031
	documentTooLarge = 17419 // after an update
	upsertTooLarge   = 17420
)

// hasCode says whether the server's answer has one of the codes.
func hasCode(err error, codes ...int) bool {
	var said mongo.ServerError
	if !errors.As(err, &said) {
		return false
	}
	for _, code := range codes {
		if said.HasErrorCode(code) {
			return true
		}
	}
	return false
}

// again says that the same may succeed once others have got out of the way.
func again(err error) bool { return errors.Is(err, errAgain) || hasCode(err, writeConflict) }

// explain makes of the client's error what package backend asks for.
func (b *Backend) explain(ctx context.Context, err error) error {
	var said mongo.ServerError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return backend.ErrNotFound
	case ctx.Err() != nil && strings.Contains(err.Error(), "server selection error"):
		// The end of the context is what happened, and this is why: the server's
		// name is wrong, or it is down.
		return &ended{ctx.Err(), err}
	case ctx.Err() != nil:
		return ctx.Err() // the client may call it a network error
	case hasCode(err, outOfDiskSpace):
		return fmt.Errorf("%w: %w", backend.ErrFull, &answer{err})
	case hasCode(err, objectTooLarge, documentTooLarge, upsertTooLarge):
		return fmt.Errorf("%w: %w", backend.ErrTooLarge, &answer{err})
	case errors.As(err, &said):
		return &answer{err}
	}
	return err
}

// ended is the end of a context and what it was waited for.
type ended struct{ context, why error }

func (e *ended) Error() string   { return e.why.Error() }
func (e *ended) Unwrap() []error { return []error{e.context, e.why} }

// answer is an error that the server told. Its message may repeat the command,
// with keys and values, so that only its codes are shown.
type answer struct{ err error }

// Error gives, for example, "mongobackend: the server says NotWritablePrimary (10107)".
func (a *answer) Error() string {
	var b strings.Builder
	b.WriteString("mongobackend: the server says")
	var command mongo.CommandError
	if errors.As(a.err, &command) && command.Name != "" {
		b.WriteString(" " + command.Name)
	}
	var said mongo.ServerError
	if errors.As(a.err, &said) {
		for _, code := range said.ErrorCodes() {
			fmt.Fprintf(&b, " (%d)", code)
		}
	}
	return b.String()
}

func (a *answer) Unwrap() error { return a.err }
