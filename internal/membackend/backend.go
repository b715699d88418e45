package membackend

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
)

var _ interface {
	backend.Locker
	backend.Watcher
	backend.Identifier
	backend.Sizer
	backend.Clearer
	backend.Cleaner
	backend.BatchGetter
	backend.Prober
} = (*Store)(nil)

// Store is an in-memory backend. Use [New] to make one.
type Store struct {
	identity string
	closing  chan struct{} // closed by Close; ends the watches

	mu       sync.Mutex // protects what follows
	closed   bool
	entries  map[string]backend.Entry
	records  map[string]record
	watchers map[*watcher]struct{}
	tokens   uint64 // how many were given out
}

// stores tells the identities of this process's stores apart.
var stores atomic.Uint64

// New returns an empty store.
func New() *Store {
	return &Store{
		identity: fmt.Sprintf("memory:%d", stores.Add(1)),
		closing:  make(chan struct{}),
		entries:  make(map[string]backend.Entry),
		records:  make(map[string]record),
		watchers: make(map[*watcher]struct{}),
	}
}

// Kind returns "memory".
func (s *Store) Kind() string { return "memory" }

// Identity is different for every Store.
func (s *Store) Identity() string { return s.identity }

// lock takes the mutex unless the context or the store has ended, in which case
// it returns why and the mutex is free.
func (s *Store) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return backend.ErrClosed
	}
	return nil
}

// Get returns a copy of the entry.
func (s *Store) Get(ctx context.Context, key string) (backend.Entry, error) {
	if err := s.lock(ctx); err != nil {
		return backend.Entry{}, err
	}
	defer s.mu.Unlock()
	return s.get(key, time.Now())
}

// get drops an entry past its Expires; mu is held.
func (s *Store) get(key string, now time.Time) (backend.Entry, error) {
	e, ok := s.entries[key]
	if ok && e.Expired(now) {
		delete(s.entries, key)
		ok = false
	}
	if !ok {
		return backend.Entry{}, backend.ErrNotFound
	}
	return e.Clone(), nil
}

// GetMany returns copies of the entries that are there.
func (s *Store) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	now := time.Now()
	found := make(map[string]backend.Entry, len(keys))
	for _, key := range keys {
		if e, err := s.get(key, now); err == nil {
			found[key] = e
		}
	}
	return found, nil
}

// Set stores a copy of the entry and breaks a lease on the key.
func (s *Store) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.records, key)
	s.store(key, e)
	return nil
}

// store puts a copy in place and tells the watchers; mu is held.
func (s *Store) store(key string, e backend.Entry) {
	s.entries[key] = e.Clone()
	s.tell(backend.Event{Kind: backend.EventStored, Key: key})
}

// Delete removes the entry and breaks a lease on the key.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.records, key)
	delete(s.entries, key)
	s.tell(backend.Event{Kind: backend.EventDeleted, Key: key})
	return nil
}

// List yields the entries as they were when the listing began, without those
// that have gone since.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		if err := s.lock(ctx); err != nil {
			yield(backend.Info{}, err)
			return
		}
		keys := slices.Collect(maps.Keys(s.entries))
		s.mu.Unlock()
		for _, key := range keys {
			if !strings.HasPrefix(key, prefix) {
				continue
			}
			if err := s.lock(ctx); err != nil {
				yield(backend.Info{}, err)
				return
			}
			e, ok := s.entries[key]
			s.mu.Unlock()
			if !ok {
				continue
			}
			info := backend.Info{Key: key, Size: int64(len(e.Value)), Created: e.Created, Expires: e.Expires}
			if !yield(info, nil) {
				return
			}
		}
	}
}

// Close ends the watches. The entries are gone with the Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	return nil
}
