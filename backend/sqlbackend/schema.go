package sqlbackend

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// version is that of the tables as this package makes them.
const version = 1

// schema is what is known of the tables once they were seen.
type schema struct {
	identity   string
	statements [statements]*sql.Stmt // prepared once more on each connection, by database/sql
}

// namer returns what puts the names of the tables into a text.
func (d *dialect) namer(table string) func(string) string {
	return strings.NewReplacer(
		"{entries}", d.quote(table),
		"{leases}", d.quote(table+"_leases"),
		"{schema}", d.quote(table+"_schema"),
	).Replace
}

// prepare looks at the marker, makes the tables if there is none, and prepares
// the statements: all of them at once, because later a transaction may hold the
// only connection. Where it has done so before, it only sees to the tables.
func (b *Backend) prepare(ctx context.Context) error {
	identity, err := b.marker(ctx)
	if b.is(err, missing) {
		if err = b.create(ctx); err == nil || b.is(err, exists) {
			identity, err = b.marker(ctx)
		}
		if b.is(err, missing) {
			return fmt.Errorf("sqlbackend: there is a table named %s, or %[1]s_leases, that this package didn't make: set Options.Table", b.table)
		}
	}
	if err != nil || b.schema.Load() != nil {
		return err
	}
	s := &schema{identity: identity}
	for i, text := range b.dialect.statements {
		if s.statements[i], err = b.db.PrepareContext(ctx, b.names(text)); err != nil {
			_ = s.close()
			return err
		}
	}
	if !b.schema.CompareAndSwap(nil, s) {
		return s.close() // somebody else was faster
	}
	if b.closed.Load() {
		return s.close() // Close may have looked before
	}
	return nil
}

// close may be called twice.
func (s *schema) close() error {
	var errs []error
	for _, stmt := range s.statements {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}

// statement is ready inside of do.
func (b *Backend) statement(s statement) *sql.Stmt { return b.schema.Load().statements[s] }

// marker reads which tables there are. Without one the error is of the class
// missing.
func (b *Backend) marker(ctx context.Context) (identity string, err error) {
	var found int64
	err = b.db.QueryRowContext(ctx, b.names(b.dialect.marker)).Scan(&found, &identity)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", fmt.Errorf("sqlbackend: the table %s_schema holds no version: this package didn't make it, set Options.Table", b.table)
	case err != nil:
		return "", err
	case found != version:
		return "", fmt.Errorf("sqlbackend: the table %s has the schema version %d, and this program knows %d: update it, or set Options.Table", b.table, found, version)
	}
	return identity, nil
}

// create makes the tables and the marker, all or none.
func (b *Backend) create(ctx context.Context) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, text := range b.dialect.create {
		if _, err := tx.ExecContext(ctx, b.names(text)); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, b.names(b.dialect.mark), version, rand.Text()); err != nil {
		return err
	}
	return tx.Commit()
}
