package membackend

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// record is a lease or a failure mark: the one record under a key that
// [backend.Locker] speaks of.
type record struct {
	token     string
	since     time.Time
	expires   time.Time
	failed    time.Time // when the mark was made; zero: a lease
	takenOver bool
}

// mark says that the record is a failure mark that is young at the given time.
func (r record) mark(now time.Time) bool {
	return !r.failed.IsZero() && now.Before(r.failed.Add(backend.FailureMark))
}

// held says that the record is a lease that hasn't run out.
func (r record) held(now time.Time) bool {
	return r.failed.IsZero() && now.Before(r.expires)
}

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
		return nil, fmt.Errorf("membackend: a lease of %v: must be positive", ttl)
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	now := time.Now()
	r := s.records[key]
	if r.mark(now) {
		if expires := now.Add(ttl); r.expires.Before(expires) {
			r.expires = expires
			s.records[key] = r
		}
		return &lease{store: s, key: key, token: r.token}, nil
	}
	held := r.held(now)
	if held && (r.token != over || r.takenOver) {
		return nil, &backend.HeldError{Holder: backend.Holder{
			Token: r.token, Since: r.since, Expires: r.expires, TakenOver: r.takenOver,
		}}
	}
	s.tokens++
	r = record{token: strconv.FormatUint(s.tokens, 10), since: now, expires: now.Add(ttl), takenOver: held}
	s.records[key] = r
	return &lease{store: s, key: key, token: r.token}, nil
}

// BreakLocks removes the records under the prefix.
func (s *Store) BreakLocks(ctx context.Context, prefix string) (int, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return s.breakLocks(prefix), nil
}

// breakLocks counts the records that still meant something; mu is held.
func (s *Store) breakLocks(prefix string) int {
	now, n := time.Now(), 0
	for key, r := range s.records {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if now.Before(r.expires) {
			n++
		}
		delete(s.records, key)
		s.tell(backend.Event{Kind: backend.EventReleased, Key: key})
	}
	return n
}

// lease is held for as long as the store has its token under its key.
type lease struct {
	store *Store
	key   string
	token string
}

// owned takes the store's mutex and returns the record, if the token is still
// held; otherwise an error, and the mutex is free.
func (l *lease) owned(ctx context.Context, now time.Time) (record, error) {
	if err := l.store.lock(ctx); err != nil {
		return record{}, err
	}
	r, ok := l.store.records[l.key]
	if !ok || r.token != l.token || !now.Before(r.expires) {
		l.store.mu.Unlock()
		return record{}, backend.ErrLeaseLost
	}
	return r, nil
}

func (l *lease) Commit(ctx context.Context, e backend.Entry) error {
	if _, err := l.owned(ctx, time.Now()); err != nil {
		return err
	}
	defer l.store.mu.Unlock()
	delete(l.store.records, l.key)
	l.store.store(l.key, e)
	return nil
}

func (l *lease) Fail(ctx context.Context) error {
	now := time.Now()
	r, err := l.owned(ctx, now)
	if err != nil {
		return err
	}
	defer l.store.mu.Unlock()
	if r.failed.IsZero() {
		// Nobody shares the token yet: the record lasts as long as the mark.
		r.expires = now.Add(backend.FailureMark)
	} else if end := now.Add(backend.FailureMark); r.expires.Before(end) {
		r.expires = end
	}
	r.failed = now
	l.store.records[l.key] = r
	l.store.tell(backend.Event{Kind: backend.EventReleased, Key: l.key})
	return nil
}

func (l *lease) Release(ctx context.Context) error {
	r, err := l.owned(ctx, time.Now())
	if err == backend.ErrLeaseLost {
		return nil
	}
	if err != nil {
		return err
	}
	defer l.store.mu.Unlock()
	if !r.failed.IsZero() {
		return nil // others may still compute under this token
	}
	delete(l.store.records, l.key)
	l.store.tell(backend.Event{Kind: backend.EventReleased, Key: l.key})
	return nil
}

func (l *lease) Extend(ctx context.Context, ttl time.Duration) error {
	now := time.Now()
	r, err := l.owned(ctx, now)
	if err != nil {
		return err
	}
	defer l.store.mu.Unlock()
	expires := now.Add(ttl)
	if r.failed.IsZero() || r.expires.Before(expires) {
		r.expires = expires
	}
	l.store.records[l.key] = r
	return nil
}
