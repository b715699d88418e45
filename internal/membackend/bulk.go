package membackend

import (
	"context"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Size counts the entries under the prefix and the bytes of their values.
func (s *Store) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	if err := s.lock(ctx); err != nil {
		return backend.Usage{Entries: -1, Bytes: -1}, err
	}
	defer s.mu.Unlock()
	var u backend.Usage
	for key, e := range s.entries {
		if strings.HasPrefix(key, prefix) {
			u.Entries++
			u.Bytes += int64(len(e.Value))
		}
	}
	return u, nil
}

// Clear removes the entries and breaks the leases under the prefix, in one step.
func (s *Store) Clear(ctx context.Context, prefix string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.breakLocks(prefix)
	for key := range s.entries {
		if strings.HasPrefix(key, prefix) {
			delete(s.entries, key)
		}
	}
	s.tell(backend.Event{Kind: backend.EventCleared, Key: prefix})
	return nil
}

// Cleanup removes the entries under the prefix that are past their Expires.
func (s *Store) Cleanup(ctx context.Context, prefix string) (int, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	now, n := time.Now(), 0
	for key, e := range s.entries {
		if strings.HasPrefix(key, prefix) && e.Expired(now) {
			delete(s.entries, key)
			n++
		}
	}
	return n, nil
}
