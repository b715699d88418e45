package sqlbackend

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// do runs f, again while the database is busy, and says in the words of
// package backend how it ended.
func (b *Backend) do(ctx context.Context, f func() error) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	start := time.Now()
	err := b.persist(ctx, b.patient, func() error { return b.once(ctx, f) })
	b.queries.Add(1)
	b.spent.Add(int64(time.Since(start)))
	return b.explain(ctx, err)
}

// persist runs f, again while the database is busy, for so long after it first
// was.
func (b *Backend) persist(ctx context.Context, long time.Duration, f func() error) error {
	err := f()
	if err == nil {
		return nil
	}
	pause := time.Millisecond
	for start := time.Now(); b.is(err, busy) && time.Since(start) < long; pause = min(2*pause, 50*time.Millisecond) {
		if !b.wait(ctx, pause/2+rand.N(pause)) {
			break
		}
		b.retries.Add(1)
		err = f()
	}
	return err
}

// usable returns why nothing must be done, if so.
func (b *Backend) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.closed.Load() {
		return backend.ErrClosed
	}
	return nil
}

// once sees to the tables and runs f. If they have vanished, with the file or
// alone, it makes them anew.
func (b *Backend) once(ctx context.Context, f func() error) error {
	if b.schema.Load() == nil {
		if err := b.prepare(ctx, true); err != nil {
			return err
		}
	}
	err := f()
	if !b.is(err, missing) {
		return err
	}
	if err := b.prepare(ctx, false); err != nil {
		return err
	}
	return f()
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

// explain makes of the driver's error what package backend asks for.
func (b *Backend) explain(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, backend.ErrNotFound), errors.Is(err, backend.ErrLeaseLost), errors.Is(err, backend.ErrHeld):
		return err
	case ctx.Err() != nil:
		return ctx.Err() // the driver may call it an interruption
	case b.closed.Load():
		return backend.ErrClosed // a statement was closed meanwhile
	}
	switch b.dialect.classify(err) {
	case full:
		return fmt.Errorf("%w: %w", backend.ErrFull, err)
	case tooLarge:
		return fmt.Errorf("%w: %w", backend.ErrTooLarge, err)
	default:
		return err
	}
}

func (b *Backend) is(err error, c class) bool {
	return err != nil && b.dialect.classify(err) == c
}

// transaction is one that has begun.
type transaction struct {
	b   *Backend
	ctx context.Context
	tx  *sql.Tx
}

// apply makes a change, in one step for all others, and returns how many rows
// its first statement changed. If that found nothing, the rest of a change that
// needs a lease isn't made.
func (b *Backend) apply(ctx context.Context, c change, a *arguments) (changed int64, err error) {
	if !b.dialect.oneWriter && len(b.dialect.changes[c]) == 1 {
		err = b.do(ctx, func() error {
			schema := b.schema.Load()
			if err := schema.fits(a.entry); err != nil {
				return err
			}
			s := schema.changes[c][0]
			changed, err = b.exec(ctx, s, a.bind(s))
			return err
		})
		return changed, err
	}
	err = b.write(ctx, func(t *transaction) error {
		schema := b.schema.Load()
		if err := schema.fits(a.entry); err != nil {
			return err
		}
		for i, s := range schema.changes[c] {
			n, err := t.exec(s, a.bind(s))
			if err != nil {
				return err
			}
			if i == 0 {
				changed = n
			}
			if c == commit && changed == 0 {
				return backend.ErrLeaseLost
			}
		}
		return nil
	})
	return changed, err
}

// write runs f in a transaction of its own, which an error of f undoes.
func (b *Backend) write(ctx context.Context, f func(t *transaction) error) error {
	return b.do(ctx, func() error {
		if b.turn != nil {
			select {
			case b.turn <- struct{}{}:
				defer func() { <-b.turn }()
			case <-ctx.Done():
				return ctx.Err()
			case <-b.closing:
				return backend.ErrClosed
			}
		}
		tx, err := b.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		t := &transaction{b, ctx, tx}
		if err = t.hold(); err == nil {
			err = f(t)
		}
		if err != nil {
			_ = tx.Rollback() // err says why; the rest is up to the driver
			return err
		}
		return b.commit(ctx, tx)
	})
}

// commit ends a transaction. In a rollback journal of SQLite, a COMMIT that
// readers hold up leaves the transaction as it is and lets no new readers in:
// tried again it goes through as soon as those have read, where a transaction
// begun anew would need a moment without any, which there may never be.
// [sql.Tx.Commit] can't be tried again, so it is a statement here. A reader that
// takes long must not keep the others out for as long: then all begins anew.
func (b *Backend) commit(ctx context.Context, tx *sql.Tx) error {
	if b.dialect.commit == "" {
		return tx.Commit()
	}
	err := b.persist(ctx, min(b.patient, time.Second), func() error {
		_, err := tx.ExecContext(ctx, b.dialect.commit)
		return err
	})
	_ = tx.Rollback() // undoes what failed; after a commit there is nothing to undo, which the driver may call an error
	return err
}

// hold waits until nobody else can write, where the store needs that.
func (t *transaction) hold() error {
	s := t.b.schema.Load().hold
	if s == nil {
		return nil
	}
	_, err := t.exec(s, nil)
	return err
}
