package sqlbackend

import (
	"context"
	"crypto/rand"
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

// errNoMarker: nobody has put the marker into its table, or not yet.
var errNoMarker = errors.New("sqlbackend: no version of the tables")

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
	identity, most, err := b.marker(ctx)
	if b.unmade(err) {
		if err = b.create(ctx); err == nil || b.is(err, exists) {
			identity, most, err = b.marker(ctx)
		}
		switch {
		case errors.Is(err, errNoMarker):
			return fmt.Errorf("sqlbackend: the table %s_schema holds no version: this package didn't make it, set Options.Table", b.table)
		case b.is(err, missing):
			return fmt.Errorf("sqlbackend: there is a table named %s, or %[1]s_leases, that this package didn't make: set Options.Table", b.table)
		}
	}
	if err != nil || b.schema.Load() != nil {
		return err
	}
	s := b.compileAll()
	s.identity, s.most = identity, most
	if !b.plain {
		if err := s.prepare(ctx, b.db); err != nil {
			_ = s.close()
			return err
		}
	}
	b.schema.Store(s)
	if b.closed.Load() {
		return s.close() // Close may have looked before
	}
	return nil
}

func (b *Backend) unmade(err error) bool { return errors.Is(err, errNoMarker) || b.is(err, missing) }

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

// marker reads which tables there are. Without one the error is errNoMarker, or
// of the class missing.
func (b *Backend) marker(ctx context.Context) (identity string, most int64, err error) {
	var found int64
	err = b.db.QueryRowContext(ctx, b.fill(b.dialect.marker)).Scan(&found, &identity, &most)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", 0, errNoMarker
	case err != nil:
		return "", 0, err
	case found != version:
		return "", 0, fmt.Errorf("sqlbackend: the table %s has the schema version %d, and this program knows %d: update it, or set Options.Table", b.table, found, version)
	}
	return identity, most, nil
}

// create makes the tables and the marker: all or none, where the store can.
func (b *Backend) create(ctx context.Context) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, text := range b.dialect.create {
		if _, err := tx.ExecContext(ctx, b.fill(text)); err != nil {
			return err
		}
	}
	mark := b.compile(b.dialect.mark)
	if _, err := tx.ExecContext(ctx, mark.text, (&arguments{identity: rand.Text()}).bind(mark)...); err != nil {
		return err
	}
	return tx.Commit()
}
