package s3backend

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
)

var _ backend.Locker = (*Locker)(nil)

// Locker is a [Backend] with leases, so that of all processes that want the same
// result one computes it. Use [NewLocker] to make one.
type Locker struct {
	*Backend
	checked atomic.Bool // the server heeds conditions
}

// NewLocker is like [New], and returns a [backend.Locker]. The server must heed
// If-Match and If-None-Match when it stores an object, as AWS does since
// November 2024; where it doesn't, every Lock is an error for which
// errors.Is(err, errors.ErrUnsupported) holds.
//
// The lease is in the object of the entry, so that one conditional write changes
// both. Lock costs a GET and a PUT, Commit a PUT, Delete a GET more than without
// leases, and those who wait a GET each time they look. A lease on a key that
// has an old entry writes that once more, and so does each renewal.
func NewLocker(client Client, bucket string, o *Options) *Locker {
	b := New(client, bucket, o)
	b.leases = true
	return &Locker{Backend: b}
}

// How often those who wait for another process look, at first and at most: each
// time is billed.
const (
	firstLook = 50 * time.Millisecond
	lastLook  = 5 * time.Second
)

// Pace says that who waits looks after 50 ms, and then less and less often, in
// the end every 5 seconds.
func (l *Locker) Pace() (first, last time.Duration) { return firstLook, lastLook }

// Lock takes the lease, joins the failure mark, or returns a HeldError.
func (l *Locker) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	return l.acquire(ctx, key, ttl, "")
}

// TakeOver replaces the lease that h describes, or does what Lock does.
func (l *Locker) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	return l.acquire(ctx, key, ttl, h.Token)
}

// glance is how much of an object is read before it is known whether the value
// is needed, to be written again.
const glance = 64 << 10

// acquire replaces a standing lease only if its token is the one in over. It
// reads what there is, decides, and writes if that is still so. It goes round
// once more only because somebody else got further.
func (l *Locker) acquire(ctx context.Context, key string, ttl time.Duration, over string) (backend.Lease, error) {
	if ttl <= 0 {
		return nil, fmt.Errorf("s3backend: a lease of %v: must be positive", ttl)
	}
	if err := l.heeded(ctx); err != nil {
		return nil, err
	}
	var mine [16]byte
	for {
		s, c, err := l.look(ctx, key, glance)
		if err != nil {
			return nil, err
		}
		apart, _ := l.clock.offset()
		now := micros(l.now(), apart, false)
		r := &s.record
		switch {
		case r.kind != none && r.token == mine:
			// It was written, though the answer was lost and the client
			// repeated it.
			return &lease{l: l, key: key, token: mine}, nil
		case r.bars(over, now):
			return nil, &backend.HeldError{Holder: r.holder(apart)}
		case r.young(now):
			r.until = max(r.until, later(now, ttl))
		default:
			taken := leased
			if r.held(now) {
				taken = takenOver
			}
			_, _ = rand.Read(mine[:]) // never fails
			*r = record{kind: taken, token: mine, since: now, until: later(now, ttl)}
		}
		token := r.token
		etag, err := l.rewrite(ctx, &s, c)
		switch {
		case err == nil:
			return &lease{l: l, key: key, token: token, known: l.light(s, etag)}, nil
		case !errors.Is(err, errChanged):
			return nil, err
		}
	}
}

// look returns what there is under a key, of the value at most what is within
// the first bytes, and the condition that it is still that. What is damaged
// counts as nothing.
func (l *Locker) look(ctx context.Context, key string, first int64) (state, condition, error) {
	s, etag, err := l.readTagged(ctx, nameOf(key), key, first)
	switch {
	case errors.Is(err, backend.ErrNotFound):
		return state{key: key}, absent, nil
	case errors.Is(err, backend.ErrCorrupt):
		if etag == "" { // it is empty, which only a GET of all of it tells of
			o, err := l.fetch(ctx, nameOf(key), 0, "")
			if err != nil {
				return state{}, always, err
			}
			etag = o.etag
		}
		return state{key: key}, condition(etag), nil
	}
	return s, condition(etag), err
}

// rewrite writes the state if the condition is met. It reads the value before,
// where only its beginning is known.
func (l *Locker) rewrite(ctx context.Context, s *state, c condition) (etag string, err error) {
	if s.entry && !s.whole() {
		o, err := l.fetch(ctx, nameOf(s.key), 0, string(c))
		if err != nil {
			if errors.Is(err, backend.ErrNotFound) {
				err = errChanged
			}
			return "", err
		}
		all, err := parse(o.data, o.length, s.key)
		switch {
		case errors.Is(err, backend.ErrCorrupt):
			s.entry, s.meta, s.value = false, nil, nil
		case err != nil:
			return "", err
		default:
			s.value = all.value
		}
	}
	return l.write(ctx, s, c)
}

// light is what a lease remembers: nothing where that would keep a large value
// in memory.
func (l *Locker) light(s state, etag string) *tagged {
	if s.entry && len(s.value) > glance {
		return nil
	}
	return &tagged{s, etag}
}

// BreakLocks lists, and looks at what the listing shows to have a lease or a
// failure mark; those that haven't run out it breaks.
func (l *Locker) BreakLocks(ctx context.Context, prefix string) (int, error) {
	var broken atomic.Int64
	err := l.pages(ctx, prefix, func(page []listed) error {
		var held []listed
		for _, o := range page {
			if classOf(o.length).record() {
				held = append(held, o)
			}
		}
		states, err := l.heads(ctx, held, prefix)
		if err != nil {
			return err
		}
		return l.each(ctx, len(states), func(ctx context.Context, i int) error {
			if states[i] == nil {
				return nil
			}
			n, err := l.breakLock(ctx, states[i].key)
			broken.Add(n)
			return err
		})
	})
	return int(broken.Load()), err
}

// breakLock ends the record that stands on a key, and says how many that were.
func (l *Locker) breakLock(ctx context.Context, key string) (int64, error) {
	for {
		s, c, err := l.look(ctx, key, glance)
		if err != nil {
			return 0, err
		}
		apart, _ := l.clock.offset()
		if !s.record.lasts(micros(l.now(), apart, false)) {
			return 0, nil
		}
		s.record = record{}
		switch _, err = l.rewrite(ctx, &s, c); {
		case err == nil:
			return 1, nil
		case !errors.Is(err, errChanged):
			return 0, err
		}
	}
}
