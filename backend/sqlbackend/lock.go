package sqlbackend

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Lock takes the lease, joins the failure mark, or returns a HeldError.
func (b *Backend) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	return b.acquire(ctx, key, ttl, "")
}

// TakeOver replaces the lease that h describes, or does what Lock does.
func (b *Backend) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	return b.acquire(ctx, key, ttl, h.Token)
}

// acquire replaces a standing lease only if its token is the one in over. It
// reads what there is, decides, and writes if that is still so: it never holds
// what others wait for, and while the lease is held it only reads, so that those
// who ask again and again don't keep the writers from writing. It goes round
// once more only because somebody else got further.
func (b *Backend) acquire(ctx context.Context, key string, ttl time.Duration, over string) (backend.Lease, error) {
	if ttl <= 0 {
		return nil, fmt.Errorf("sqlbackend: a lease of %v: must be positive", ttl)
	}
	for {
		r, err := b.look(ctx, key)
		if err != nil {
			return nil, err
		}
		a := arguments{key: []byte(key), ttl: micros(ttl), token: rand.Text(), seen: r.token, failed: r.failed, taken: r.held()}
		c := begin
		switch {
		case r.bars(over):
			return nil, &backend.HeldError{Holder: r.holder()}
		case r.young():
			a.token, c = r.token, extend
		case r.row:
			c = replace
		}
		n, err := b.apply(ctx, c, &a)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			return &lease{b, key, a.token}, nil
		}
	}
}

// look reads the record under a key.
func (b *Backend) look(ctx context.Context, key string) (r record, err error) {
	err = b.do(ctx, func() error {
		r = record{row: true}
		var now stamp
		err := b.row(ctx, lookRecord, &arguments{key: []byte(key)}).Scan(&r.token, &r.since, &r.until, &r.failed, &r.takenOver, &now)
		if errors.Is(err, sql.ErrNoRows) {
			r = record{}
			return nil
		}
		if r.now, r.shift = now.micros, now.shift(); !now.valid {
			r.now = microsNow()
		}
		return err
	})
	return r, err
}

// BreakLocks removes, one after the other, the leases and failure marks under
// the prefix that haven't run out.
func (b *Backend) BreakLocks(ctx context.Context, prefix string) (int, error) {
	broken := 0
	from, to := bounds(prefix)
	for {
		found, err := b.standing(ctx, from, to)
		if err != nil {
			return broken, err
		}
		for _, l := range found {
			n, err := b.apply(ctx, breakRecord, &arguments{key: []byte(l.key), token: l.token})
			if err != nil {
				return broken, err
			}
			broken += int(n)
		}
		if len(found) < pageSize {
			return broken, nil
		}
		from = after(found[len(found)-1].key)
	}
}

// standing lists the first leases and marks of a range.
func (b *Backend) standing(ctx context.Context, from, to []byte) (found []lease, err error) {
	err = b.do(ctx, func() error {
		found = nil
		a := &arguments{from: from, to: to, limit: pageSize}
		rows, err := b.rows(ctx, standing, a.bind)
		if err != nil {
			return err
		}
		for rows.Next() {
			l := lease{b: b}
			if err := rows.Scan(&l.key, &l.token); err != nil {
				return errors.Join(err, rows.Close())
			}
			found = append(found, l)
		}
		return rows.Err() // which closes them
	})
	return found, err
}

// lease is held for as long as the record has its token.
type lease struct {
	b     *Backend
	key   string
	token string
}

// change changes the record if its token is still held.
func (l *lease) change(ctx context.Context, c change, a arguments) error {
	a.key, a.token = []byte(l.key), l.token
	n, err := l.b.apply(ctx, c, &a)
	if err == nil && n == 0 {
		err = backend.ErrLeaseLost
	}
	return err
}

// Commit stores the entry and ends the lease, in one step.
func (l *lease) Commit(ctx context.Context, e backend.Entry) error {
	return l.change(ctx, commit, arguments{entry: e})
}

// Fail makes a failure mark of the lease.
func (l *lease) Fail(ctx context.Context) error {
	return l.change(ctx, fail, arguments{ttl: micros(backend.FailureMark)})
}

// Release ends the lease unless others share it.
func (l *lease) Release(ctx context.Context) error {
	err := l.change(ctx, release, arguments{})
	if errors.Is(err, backend.ErrLeaseLost) {
		return nil
	}
	return err
}

// Extend makes the lease last for ttl from now.
func (l *lease) Extend(ctx context.Context, ttl time.Duration) error {
	return l.change(ctx, extend, arguments{ttl: micros(ttl)})
}
