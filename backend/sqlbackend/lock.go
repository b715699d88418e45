package sqlbackend

import (
	"context"
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
// only reads while the lease is held, so that those who wait and ask again
// don't keep the writers from writing.
func (b *Backend) acquire(ctx context.Context, key string, ttl time.Duration, over string) (backend.Lease, error) {
	if ttl <= 0 {
		return nil, fmt.Errorf("sqlbackend: a lease of %v: must be positive", ttl)
	}
	if err := b.look(ctx, key, over); err != nil {
		return nil, err
	}
	var token string
	err := b.write(ctx, func(t *transaction) error {
		r, err := t.claim(key)
		if err != nil {
			return err
		}
		r, err = r.acquire(time.Now().UnixMicro(), ttl, over)
		if err != nil {
			return err
		}
		token = r.token
		return t.save(key, r)
	})
	if err != nil {
		return nil, err
	}
	return &lease{b, key, token}, nil
}

// look returns a HeldError if the lease is held and not to be taken over.
func (b *Backend) look(ctx context.Context, key, over string) error {
	return b.do(ctx, func() error {
		r, err := scanRecord(b.statement(lookRecord).QueryRowContext(ctx, []byte(key)))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil && r.bars(time.Now().UnixMicro(), over) {
			return &backend.HeldError{Holder: r.holder()}
		}
		return err
	})
}

// BreakLocks removes the leases and failure marks under the prefix in one
// transaction; those that have run out don't count.
func (b *Backend) BreakLocks(ctx context.Context, prefix string) (int, error) {
	from, to := bounds(prefix)
	var n int64
	err := b.write(ctx, func(t *transaction) error {
		_, err := t.exec(dropOutlived, from, to, time.Now().UnixMicro())
		if err == nil {
			n, err = t.exec(dropRecords, from, to)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}

// lease is held for as long as the record has its token.
type lease struct {
	b     *Backend
	key   string
	token string
}

// change claims the record and, if the token is still held, lets f change it;
// a record without a token is removed.
func (l *lease) change(ctx context.Context, f func(t *transaction, r *record, now int64) error) error {
	return l.b.write(ctx, func(t *transaction) error {
		r, err := t.claim(l.key)
		if err != nil {
			return err
		}
		now := time.Now().UnixMicro()
		if r.token != l.token || r.expires <= now {
			return backend.ErrLeaseLost
		}
		if err := f(t, &r, now); err != nil {
			return err
		}
		if r.token == "" {
			_, err := t.exec(dropRecord, []byte(l.key))
			return err
		}
		return t.save(l.key, r)
	})
}

// Commit stores the entry and ends the lease, in one transaction.
func (l *lease) Commit(ctx context.Context, e backend.Entry) error {
	return l.change(ctx, func(t *transaction, r *record, _ int64) error {
		*r = record{}
		return t.put(l.key, e)
	})
}

// Fail makes a failure mark of the lease.
func (l *lease) Fail(ctx context.Context) error {
	return l.change(ctx, func(_ *transaction, r *record, now int64) error {
		r.fail(now)
		return nil
	})
}

// Release ends the lease unless others share it.
func (l *lease) Release(ctx context.Context) error {
	err := l.change(ctx, func(_ *transaction, r *record, _ int64) error {
		if r.failed == 0 {
			*r = record{}
		}
		return nil
	})
	if errors.Is(err, backend.ErrLeaseLost) {
		return nil
	}
	return err
}

// Extend makes the lease last for ttl from now.
func (l *lease) Extend(ctx context.Context, ttl time.Duration) error {
	return l.change(ctx, func(_ *transaction, r *record, now int64) error {
		r.extend(now, ttl)
		return nil
	})
}
