package redisbackend

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

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

// run runs f, counts it, and says in the words of package backend how it ended.
// When ctx ends it returns at once.
//
// The client looks at a context between its reads, not during one. So f has a
// goroutine of its own where ctx can end; given up, it ends with the client's
// own time-outs, and what it then returns is nobody's.
func run[T any](ctx context.Context, b *Backend, f func() (T, error)) (T, error) {
	var none T
	if err := b.usable(ctx); err != nil {
		return none, err
	}
	start := b.now()
	if ctx.Done() == nil {
		v, err := f()
		b.counts.add(b.now().Sub(start), err)
		return v, b.explain(ctx, err)
	}
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		b.counts.add(b.now().Sub(start), r.err)
		return r.v, b.explain(ctx, r.err)
	case <-ctx.Done():
		b.counts.add(b.now().Sub(start), ctx.Err())
		return none, ctx.Err()
	}
}

// explain makes of the client's error what package backend asks for.
func (b *Backend) explain(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, redis.Nil):
		return err
	case ctx.Err() != nil:
		return ctx.Err() // the client may call it a time-out
	}
	var said redis.Error
	if !errors.As(err, &said) {
		return err
	}
	text := said.Error()
	switch {
	case strings.Contains(text, "OOM command not allowed"):
		return fmt.Errorf("%w: %w", backend.ErrFull, err)
	case strings.Contains(text, "invalid bulk length"), strings.Contains(text, "string exceeds maximum allowed size"):
		return fmt.Errorf("%w: %w", backend.ErrTooLarge, err)
	case strings.Contains(text, "WRONGTYPE"):
		return fmt.Errorf("%w: %w", backend.ErrForeign, err)
	}
	// A server that doesn't know a command repeats its arguments.
	if before, _, cut := strings.Cut(text, ", with args"); cut {
		return errors.New("redisbackend: " + before)
	}
	return err
}
