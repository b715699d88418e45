package mongobackend

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
)

// errAgain says that somebody else got in between, and that the same again may
// succeed.
var errAgain = errors.New("mongobackend: others kept on changing the document")

// patience is for how long something is tried again because others get in
// between.
const patience = 10 * time.Second

// do runs f, again while others get in between, and says in the words of package
// backend how it ended.
func (b *Backend) do(ctx context.Context, f func(apart offset) error) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	start := time.Now()
	err := b.once(ctx, f)
	pause := time.Millisecond
	for again(err) && time.Since(start) < patience && b.wait(ctx, pause/2+rand.N(pause)) {
		b.counts.retries.Add(1)
		err = b.once(ctx, f)
		pause = min(2*pause, 50*time.Millisecond)
	}
	err = b.explain(ctx, err)
	b.counts.add(time.Since(start), err)
	return err
}

// once sees to the collection and the clock, and runs f.
func (b *Backend) once(ctx context.Context, f func(apart offset) error) error {
	if err := b.prepare(ctx); err != nil {
		return err
	}
	apart, err := b.apart(ctx)
	if err != nil {
		return err
	}
	return f(apart)
}

// usable returns why nothing must be done, if so.
func (b *Backend) usable(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case b.mistake != nil:
		return b.mistake
	case b.closed.Load():
		return backend.ErrClosed
	}
	return nil
}

// wait returns false if it was ended early.
func (b *Backend) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-b.closing:
		return false
	}
}

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
