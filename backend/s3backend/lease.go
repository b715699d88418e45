package s3backend

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// lease is held for as long as the record has its token.
type lease struct {
	l     *Locker
	key   string
	token [16]byte

	mu    sync.Mutex // protects known, and is held for no request
	known *tagged    // how this lease left the object; nil: to be read
}

// change changes the state if the token is still held. It first supposes that
// nobody has touched the object since, and reads it where somebody has.
func (le *lease) change(ctx context.Context, f func(s *state, now int64, apart time.Duration) error) error {
	l := le.l
	if err := l.usable(ctx); err != nil {
		return err
	}
	le.mu.Lock()
	known := le.known
	le.known = nil
	le.mu.Unlock()
	var drawn [16]byte
	for first := true; ; first = false {
		s, c := state{}, always
		if first && known != nil {
			s, c = known.state, condition(known.etag)
		} else {
			var err error
			if s, c, err = l.look(ctx, le.key, glance); err != nil {
				return err
			}
			if !first && s.drawn == drawn {
				return nil // it was written, though the answer was lost
			}
		}
		apart, _ := l.clock.offset()
		now := micros(l.now(), apart, false)
		if s.record.token != le.token || !s.record.lasts(now) {
			return backend.ErrLeaseLost
		}
		if err := f(&s, now, apart); err != nil {
			return err
		}
		etag, err := l.rewrite(ctx, &s, c)
		switch {
		case err == nil:
			if s.record.kind != none { // else it is over, and the entry the caller's
				le.mu.Lock()
				le.known = l.light(s, etag)
				le.mu.Unlock()
			}
			return nil
		case !errors.Is(err, errChanged):
			return err
		}
		drawn = s.drawn
	}
}

// Commit stores the entry and ends the lease, in one step.
func (le *lease) Commit(ctx context.Context, e backend.Entry) error {
	if err := le.l.fits(ctx, e); err != nil {
		return err
	}
	return le.change(ctx, func(s *state, _ int64, apart time.Duration) error {
		s.put(e, apart)
		return nil
	})
}

// Fail makes a failure mark of the lease.
func (le *lease) Fail(ctx context.Context) error {
	return le.change(ctx, func(s *state, now int64, _ time.Duration) error {
		r, end := &s.record, later(now, backend.FailureMark)
		if r.kind != failed {
			r.until = end // nobody shares the token yet
		}
		r.kind, r.failed, r.until = failed, now, max(r.until, end)
		return nil
	})
}

// errShared says that others may still compute under the token.
var errShared = errors.New("s3backend: the lease is shared")

// Release ends the lease unless others share it.
func (le *lease) Release(ctx context.Context) error {
	err := le.change(ctx, func(s *state, _ int64, _ time.Duration) error {
		if s.record.kind == failed {
			return errShared
		}
		s.record = record{}
		return nil
	})
	if errors.Is(err, backend.ErrLeaseLost) || errors.Is(err, errShared) {
		return nil
	}
	return err
}

// Extend makes the lease last for ttl from now; one that is shared isn't
// shortened.
func (le *lease) Extend(ctx context.Context, ttl time.Duration) error {
	return le.change(ctx, func(s *state, now int64, _ time.Duration) error {
		until := later(now, ttl)
		if s.record.kind == failed {
			until = max(until, s.record.until)
		}
		s.record.until = until
		return nil
	})
}
