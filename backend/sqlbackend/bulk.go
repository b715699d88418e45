package sqlbackend

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"time"

	"github.com/cachier-go/cachier/backend"
)

const (
	// pageSize is how many entries one page of a listing has: what is held in
	// memory at a time.
	pageSize = 500
	// stepSize is how many entries one transaction looks at where many are
	// deleted, so that other writers get their turn in between.
	stepSize = 500
)

// bounds returns the range of the keys that begin with the prefix.
func bounds(prefix string) (from, to []byte) {
	from = []byte(prefix)
	for i := len(from) - 1; i >= 0; i-- {
		if from[i] != 0xff {
			to = append(to, from[:i+1]...)
			to[i]++
			return from, to
		}
	}
	// Nothing but 0xff, or nothing at all: no key, being UTF-8, is beyond that.
	return from, append([]byte(prefix), 0xff)
}

// List reads a page of keys at a time, in order, and holds no connection while
// the loop's body runs.
func (b *Backend) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		from, to := bounds(prefix)
		for {
			infos, err := b.page(ctx, from, to)
			if err != nil {
				yield(backend.Info{}, err)
				return
			}
			for i, info := range infos {
				if i > 0 {
					err = b.usable(ctx)
				}
				if err != nil {
					yield(backend.Info{}, err)
					return
				}
				if !yield(info, nil) {
					return
				}
			}
			if len(infos) < pageSize {
				return
			}
			from = append([]byte(infos[len(infos)-1].Key), 0) // the next key there can be
		}
	}
}

// page reads the first entries of a range.
func (b *Backend) page(ctx context.Context, from, to []byte) (infos []backend.Info, err error) {
	err = b.do(ctx, func() error {
		rows, err := b.statement(page).QueryContext(ctx, from, to, pageSize)
		if err != nil {
			return err
		}
		infos = make([]backend.Info, 0, pageSize)
		for rows.Next() {
			var info backend.Info
			var created, expires stamp
			if err := rows.Scan(&info.Key, &info.Size, &created, &expires); err != nil {
				return errors.Join(err, rows.Close())
			}
			info.Created, info.Expires = created.time(), expires.time()
			infos = append(infos, info)
		}
		return rows.Err() // which closes them
	})
	return infos, err
}

// Size counts without reading the values.
func (b *Backend) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	var u backend.Usage
	err := b.do(ctx, func() error {
		from, to := bounds(prefix)
		return b.statement(size).QueryRowContext(ctx, from, to).Scan(&u.Entries, &u.Bytes)
	})
	if err != nil {
		return backend.Usage{Entries: -1, Bytes: -1}, err
	}
	return u, nil
}

// Clear breaks all leases under the prefix in one transaction, and then deletes
// the entries in several.
func (b *Backend) Clear(ctx context.Context, prefix string) error {
	if _, err := b.BreakLocks(ctx, prefix); err != nil {
		return err
	}
	return b.steps(ctx, prefix, func(from, to []byte) error {
		return b.write(ctx, func(t *transaction) error {
			_, err := t.exec(dropEntries, from, to)
			return err
		})
	})
}

// Cleanup deletes the entries that are past their Expires, in several
// transactions, and what is left of leases that ran out long ago.
func (b *Backend) Cleanup(ctx context.Context, prefix string) (int, error) {
	var total int64
	err := b.steps(ctx, prefix, func(from, to []byte) error {
		var n int64
		err := b.write(ctx, func(t *transaction) (err error) {
			n, err = t.exec(dropExpired, from, to, time.Now().UnixMicro())
			return err
		})
		if err == nil {
			total += n
		}
		return err
	})
	if err != nil {
		return int(total), err
	}
	return int(total), b.write(ctx, func(t *transaction) error {
		from, to := bounds(prefix)
		_, err := t.exec(dropOutlived, from, to, time.Now().UnixMicro())
		return err
	})
}

// steps calls f for one piece after the other of the range under the prefix,
// each with about stepSize entries. It ends also if others keep on adding some.
func (b *Backend) steps(ctx context.Context, prefix string, f func(from, to []byte) error) error {
	from, end := bounds(prefix)
	for {
		to, last := end, false
		err := b.do(ctx, func() error {
			err := b.statement(boundary).QueryRowContext(ctx, from, end, stepSize).Scan(&to)
			if last = errors.Is(err, sql.ErrNoRows); last {
				to, err = end, nil
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := f(from, to); err != nil || last {
			return err
		}
		from = to
	}
}
