package sqlbackend

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/cachier-go/cachier/backend"
)

// version is that of the tables as this package makes them.
const version = 1

// schema is what is known of the tables once they were seen, and the statements
// on them.
type schema struct {
	identity string
	most     int64 // bytes of a value and its Meta; 0: not known
	queries  [queries]*statement
	changes  [changes][]*statement
	hold     *statement // nil: none
}

// prepare looks at the marker, makes the tables if there is none, and prepares
// the statements: all of them at once, because later a transaction may hold the
// only connection. Where that was done before, it only sees to the tables; nor
// does it do that if somebody else did it first.
func (b *Backend) prepare(ctx context.Context, first bool) error {
	select {
	case b.preparing <- struct{}{}:
		defer func() { <-b.preparing }()
	case <-ctx.Done():
		return ctx.Err()
	case <-b.closing:
		return backend.ErrClosed
	}
	if first && b.schema.Load() != nil {
		return nil
	}
	identity, most, err := b.see(ctx)
	if err != nil || b.schema.Load() != nil {
		return err
	}
	s := b.compileAll()
	s.identity, s.most = identity, most
	if !b.plain {
		if err := s.prepare(ctx, b.db); err != nil {
			_ = s.close()
			return b.seen(err)
		}
	}
	b.schema.Store(s)
	if b.closed.Load() {
		return s.close() // Close may have looked before
	}
	return nil
}

// prepare prepares the statements. A database that may only be read may refuse
// to prepare what writes: that is sent as it is then, and refused when it is.
func (s *schema) prepare(ctx context.Context, db *sql.DB) (err error) {
	for statement, writes := range s.all() {
		if statement.stmt, err = db.PrepareContext(ctx, statement.text); err != nil && !writes {
			return err
		}
	}
	return nil
}

// compileAll makes the statements of the dialect's texts.
func (b *Backend) compileAll() *schema {
	s := &schema{}
	for q, text := range b.dialect.queries {
		s.queries[q] = b.compile(text)
	}
	for c, texts := range b.dialect.changes {
		for _, text := range texts {
			s.changes[c] = append(s.changes[c], b.compile(text))
		}
	}
	if b.dialect.hold != "" {
		s.hold = b.compile(b.dialect.hold)
	}
	return s
}

// all yields every statement, and whether it writes.
func (s *schema) all() iter.Seq2[*statement, bool] {
	return func(yield func(*statement, bool) bool) {
		for _, statement := range s.queries {
			if !yield(statement, false) {
				return
			}
		}
		for _, statement := range slices.Concat(s.changes[:]...) {
			if !yield(statement, true) {
				return
			}
		}
		if s.hold != nil {
			yield(s.hold, true)
		}
	}
}

// fits refuses what the database won't take, before it is sent.
func (s *schema) fits(e backend.Entry) error {
	if n := int64(len(e.Value) + len(e.Meta)); s.most > 0 && n > s.most {
		return fmt.Errorf("%w: %d bytes, and at most %d fit into a row", backend.ErrTooLarge, n, s.most)
	}
	return nil
}

// close may be called twice.
func (s *schema) close() error {
	var errs []error
	for statement := range s.all() {
		if statement.stmt != nil {
			errs = append(errs, statement.stmt.Close())
		}
	}
	return errors.Join(errs...)
}
