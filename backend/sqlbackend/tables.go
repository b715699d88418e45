package sqlbackend

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
)

// errNoMarker: nobody has put the marker into its table, or not yet.
var errNoMarker = errors.New("sqlbackend: no version of the tables")

// connection is the pool, or one of its connections.
type connection interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
	BeginTx(ctx context.Context, o *sql.TxOptions) (*sql.Tx, error)
}

// see looks at the marker, and makes the tables if there is none: where a
// connection may be outdated by one of them, which then knows what it has found
// or made.
func (b *Backend) see(ctx context.Context) (identity string, most int64, err error) {
	db := connection(b.db)
	if b.dialect.outdated {
		conn, err := b.db.Conn(ctx)
		if err != nil {
			return "", 0, err
		}
		defer func() { _ = conn.Close() }() // gives it back
		db = conn
	}
	identity, most, err = b.marker(ctx, db)
	if !b.unmade(err) {
		return identity, most, err
	}
	if err = b.create(ctx, db); err == nil || b.is(err, exists) {
		identity, most, err = b.marker(ctx, db)
	}
	switch {
	case errors.Is(err, errNoMarker):
		err = fmt.Errorf("sqlbackend: the table %s_schema holds no version: this package didn't make it, set Options.Table", b.table)
	case b.is(err, missing):
		err = fmt.Errorf("sqlbackend: there is a table named %s, or %[1]s_leases, that this package didn't make: set Options.Table", b.table)
	}
	return identity, most, err
}

func (b *Backend) unmade(err error) bool { return errors.Is(err, errNoMarker) || b.is(err, missing) }

// marker reads which tables there are. Without one the error is errNoMarker, or
// of the class missing.
func (b *Backend) marker(ctx context.Context, db connection) (identity string, most int64, err error) {
	var found int64
	err = db.QueryRowContext(ctx, b.fill(b.dialect.marker)).Scan(&found, &identity, &most)
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
func (b *Backend) create(ctx context.Context, db connection) error {
	tx, err := db.BeginTx(ctx, nil)
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
