package cachier_test

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// telling is a store that tells of changes, with hooks around what happens, and
// with subscriptions that can be made to break.
type telling struct {
	*membackend.Store
	before, after func(op string) error // called with get, set or delete; an error is what comes of it
	late          func()                // called before each event

	mu      sync.Mutex // protects what follows
	refuses error      // what watching gives; nil: it works
	begun   int        // subscriptions, so far
	cuts    map[int]context.CancelFunc
}

// refuse breaks all subscriptions, and lets new ones fail; nil: not any more.
func (s *telling) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses = err
	for _, cut := range s.cuts {
		cut()
	}
}

// watches returns how many subscriptions there are, and how many there were.
func (s *telling) watches() (now, ever int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cuts), s.begun
}

func (s *telling) Watch(ctx context.Context, prefix string) iter.Seq2[backend.Event, error] {
	return func(yield func(backend.Event, error) bool) {
		within, cut := context.WithCancel(ctx)
		defer cut()
		s.mu.Lock()
		s.begun++
		n, err := s.begun, s.refuses
		if err == nil {
			if s.cuts == nil {
				s.cuts = map[int]context.CancelFunc{}
			}
			s.cuts[n] = cut
		}
		s.mu.Unlock()
		if err != nil {
			yield(backend.Event{}, err)
			return
		}
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.cuts, n)
		}()
		for event, err := range s.Store.Watch(within, prefix) {
			if s.late != nil {
				s.late()
			}
			if err != nil && ctx.Err() == nil {
				err = errDown
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// around runs an operation between its hooks.
func (s *telling) around(op string, run func() error) error {
	if s.before != nil {
		if err := s.before(op); err != nil {
			return err
		}
	}
	err := run()
	if s.after != nil {
		if late := s.after(op); err == nil {
			err = late
		}
	}
	return err
}

func (s *telling) Get(ctx context.Context, key string) (e backend.Entry, err error) {
	err = s.around("get", func() (err error) { e, err = s.Store.Get(ctx, key); return err })
	return e, err
}

func (s *telling) Set(ctx context.Context, key string, e backend.Entry) error {
	return s.around("set", func() error { return s.Store.Set(ctx, key, e) })
}

func (s *telling) Delete(ctx context.Context, key string) error {
	return s.around("delete", func() error { return s.Store.Delete(ctx, key) })
}

func (s *telling) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	return s.leased(s.Store.Lock(ctx, key, ttl))
}

func (s *telling) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	return s.leased(s.Store.TakeOver(ctx, key, h, ttl))
}

func (s *telling) leased(l backend.Lease, err error) (backend.Lease, error) {
	if err != nil {
		return nil, err
	}
	return &tellingLease{l, s}, nil
}

type tellingLease struct {
	backend.Lease
	store *telling
}

func (l *tellingLease) Commit(ctx context.Context, e backend.Entry) error {
	return l.store.around("set", func() error { return l.Lease.Commit(ctx, e) })
}
