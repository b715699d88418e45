package filebackend

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Lock takes the lease, joins the failure mark, or returns a HeldError.
func (s *Store) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	return s.acquire(ctx, key, ttl, "")
}

// TakeOver replaces the lease that h describes, or does what Lock does.
func (s *Store) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	return s.acquire(ctx, key, ttl, h.Token)
}

// acquire replaces a standing lease only if its token is the one in over.
func (s *Store) acquire(ctx context.Context, key string, ttl time.Duration, over string) (backend.Lease, error) {
	if ttl <= 0 {
		return nil, fmt.Errorf("filebackend: a lease of %v: must be positive", ttl)
	}
	p := place(key)
	c, err := s.enter(ctx, p.shard, true)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	r, err := c.readRecord(p)
	if err != nil {
		return nil, err
	}
	now := time.Now().UnixNano()
	held := r.held(now)
	switch {
	case r.mark(now):
		r.expires = max(r.expires, after(now, ttl))
	case held && (r.token != over || r.takenOver):
		return nil, &backend.HeldError{Holder: r.holder()}
	default:
		r = record{token: newToken(), since: now, expires: after(now, ttl), takenOver: held, key: key}
	}
	if err := c.writeRecord(p, &r); err != nil {
		return nil, err
	}
	return &lease{store: s, key: key, token: r.token}, nil
}

// BreakLocks removes the records under the prefix, one shard after the other.
func (s *Store) BreakLocks(ctx context.Context, prefix string) (int, error) {
	n := 0
	err := s.eachShard(ctx, func(c *critical, files []string) error {
		broken, err := c.breakLocks(ctx, files, prefix)
		n += broken
		return err
	})
	return n, err
}

// breakLocks counts the records that still meant something.
func (c *critical) breakLocks(ctx context.Context, files []string, prefix string) (int, error) {
	now, n := time.Now().UnixNano(), 0
	for _, file := range files {
		name, ok := named(file, leaseExt)
		if !ok {
			continue
		}
		if err := c.s.usable(ctx); err != nil {
			return n, err
		}
		p := spot{c.shard, name}
		r, err := c.readRecord(p)
		if err != nil {
			return n, err
		}
		if !strings.HasPrefix(r.key, prefix) {
			continue
		}
		if err := c.removeRecord(p); err != nil {
			return n, err
		}
		if !r.over(now) {
			n++
			c.s.tell(backend.EventReleased, r.key)
		}
	}
	return n, nil
}

// lease is held for as long as its token is in the key's record.
type lease struct {
	store *Store
	key   string
	token string
}

// owned returns the record if it has the token and hasn't run out.
func (c *critical) owned(p spot, key, token string) (record, error) {
	r, err := c.readRecord(p)
	if err == nil && (r.token != token || r.key != key || !r.lasts(time.Now().UnixNano())) {
		err = backend.ErrLeaseLost
	}
	return r, err
}

// with runs f in the critical section if the token is held.
func (l *lease) with(ctx context.Context, f func(c *critical, p spot, r record) error) error {
	p := place(l.key)
	c, err := l.store.enter(ctx, p.shard, false)
	if c == nil && err == nil {
		return backend.ErrLeaseLost
	}
	if err != nil {
		return err
	}
	defer c.leave()
	r, err := c.owned(p, l.key, l.token)
	if err != nil {
		return err
	}
	return f(c, p, r)
}

// Commit writes the entry beside, and renames it if the token is held then. Who
// has lost it is spared the writing.
func (l *lease) Commit(ctx context.Context, e backend.Entry) error {
	if err := l.with(ctx, func(*critical, spot, record) error { return nil }); err != nil {
		return err
	}
	return l.store.put(ctx, l.key, &e, l.token)
}

func (l *lease) Fail(ctx context.Context) error {
	return l.with(ctx, func(c *critical, p spot, r record) error {
		now := time.Now().UnixNano()
		end := after(now, backend.FailureMark)
		if r.failed == 0 {
			r.expires = end // nobody shares the token yet
		}
		r.expires, r.failed = max(r.expires, end), now
		if err := c.writeRecord(p, &r); err != nil {
			return err
		}
		l.store.tell(backend.EventReleased, l.key)
		return nil
	})
}

func (l *lease) Release(ctx context.Context) error {
	err := l.with(ctx, func(c *critical, p spot, r record) error {
		if r.failed != 0 {
			return nil // others may still compute under this token
		}
		if err := c.removeRecord(p); err != nil {
			return err
		}
		l.store.tell(backend.EventReleased, l.key)
		return nil
	})
	if err == backend.ErrLeaseLost {
		return nil
	}
	return err
}

func (l *lease) Extend(ctx context.Context, ttl time.Duration) error {
	return l.with(ctx, func(c *critical, p spot, r record) error {
		expires := after(time.Now().UnixNano(), ttl)
		if r.failed == 0 || r.expires < expires {
			r.expires = expires
		}
		return c.writeRecord(p, &r)
	})
}
