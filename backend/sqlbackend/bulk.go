package sqlbackend

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/cachier-go/cachier/backend"
)

const (
	// pageSize is how many entries one page of a listing has: what is held in
	// memory at a time.
	pageSize = 500
	// stepSize is how many rows one change looks at where many are deleted, so
	// that other writers get their turn in between.
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

// after returns the next key there can be.
func after(key string) []byte { return append([]byte(key), 0) }

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
			from = after(infos[len(infos)-1].Key)
		}
	}
}

// page reads the first entries of a range.
func (b *Backend) page(ctx context.Context, from, to []byte) (infos []backend.Info, err error) {
	err = b.do(ctx, func() error {
		a := &arguments{from: from, to: to, limit: pageSize}
		rows, err := b.rows(ctx, page, a.bind)
		if err != nil {
			return err
		}
		infos = make([]backend.Info, 0, pageSize)
		var shift int64
		for rows.Next() {
			var info backend.Info
			var created, expires, now stamp
			if err := rows.Scan(&info.Key, &info.Size, &created, &expires, &now); err != nil {
				return errors.Join(err, rows.Close())
			}
			if len(infos) == 0 {
				shift = now.shift()
			}
			info.Created, info.Expires = created.time(shift), expires.time(shift)
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
		return b.row(ctx, size, &arguments{from: from, to: to}).Scan(&u.Entries, &u.Bytes)
	})
	if err != nil {
		return backend.Usage{Entries: -1, Bytes: -1}, err
	}
	return u, nil
}

// Clear deletes piece by piece, entries and leases together: what is committed
// meanwhile is gone in the end, and what is begun in a piece that was cleared
// was begun after Clear.
func (b *Backend) Clear(ctx context.Context, prefix string) error {
	return b.steps(ctx, prefix, func(a *arguments) error {
		_, err := b.apply(ctx, clear, a)
		return err
	})
}

// Cleanup deletes, piece by piece, the entries that are past their Expires and
// what is left of leases that ran out. Where a row holds entry and lease, it
// leaves alone what somebody is computing anew.
func (b *Backend) Cleanup(ctx context.Context, prefix string) (int, error) {
	total := 0
	err := b.steps(ctx, prefix, func(a *arguments) error {
		n, err := b.apply(ctx, clean, a)
		if err != nil {
			return err
		}
		total += int(n)
		_, err = b.apply(ctx, tidy, a)
		return err
	})
	return total, err
}

// steps calls f for one piece after the other of the range under the prefix,
// each with about stepSize rows. It ends also if others keep on adding some.
func (b *Backend) steps(ctx context.Context, prefix string, f func(a *arguments) error) error {
	from, end := bounds(prefix)
	for {
		a, last := &arguments{from: from, to: end, limit: stepSize}, false
		err := b.do(ctx, func() error {
			var to []byte
			err := b.row(ctx, boundary, a).Scan(&to)
			if last = errors.Is(err, sql.ErrNoRows); last {
				return nil
			}
			a.to = to
			return err
		})
		if err != nil {
			return err
		}
		if err := f(a); err != nil || last {
			return err
		}
		from = a.to
	}
}
