package filebackend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cachier-go/cachier/backend"
)

var _ interface {
	backend.Locker
	backend.Watcher
	backend.Identifier
	backend.Sizer
	backend.Clearer
	backend.Cleaner
	backend.Prober
} = (*Store)(nil)

// Store keeps entries in a directory. Make one with [New]. It is safe for
// concurrent use.
type Store struct {
	dir      string // absolute, links resolved
	root     string // in dir, of the files in today's format
	maxBytes int64  // 0: no bound

	closing chan struct{} // closed by Close
	once    sync.Once     // of Close
	hub     hub
	ring    ring
	shards  [shardCount]gate
	sizes   sizes
	evictor evictor
	evicted atomic.Uint64 // entries removed to keep MaxBytes
	swept   atomic.Uint64 // left-over temporary files removed
}

// New returns a store in the directory dir, which is made if it isn't there;
// if dir is empty it is [DefaultDir]. It is an error if the directory can't be
// made, belongs to another user, or may be written to by others. A directory
// that can't be written to is none: what it holds can be read.
func New(dir string, o *Options) (*Store, error) {
	if !supported {
		return nil, fmt.Errorf("filebackend: no file locks on this system: %w", errors.ErrUnsupported)
	}
	maxBytes, err := o.maxBytes()
	if err != nil {
		return nil, err
	}
	if dir == "" {
		if dir, err = DefaultDir(); err != nil {
			return nil, err
		}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("filebackend: %w", err)
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("filebackend: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("filebackend: %w", err)
	}
	s := &Store{
		dir: dir, root: filepath.Join(dir, layout), maxBytes: maxBytes,
		closing: make(chan struct{}),
	}
	for i := range s.shards {
		s.shards[i] = make(gate, 1)
	}
	s.ring.path = filepath.Join(s.root, ringName)
	s.hub.store = s
	if err := s.prepare(); err != nil && !errors.Is(err, os.ErrPermission) && !readOnly(err) {
		return nil, err
	}
	return s, nil
}

// Kind returns "file".
func (s *Store) Kind() string { return "file" }

// Identity is the directory's path.
func (s *Store) Identity() string { return "file:" + s.dir }

// Dir returns the directory that the store is in: absolute, links resolved.
func (s *Store) Dir() string { return s.dir }

// Probe returns how many entries were removed to keep MaxBytes, and how many
// files that dead processes left behind, by this Store.
func (s *Store) Probe(ctx context.Context) ([]backend.Reading, error) {
	return []backend.Reading{
		{
			Name: "evicted_entries_total", Help: "Entries removed to keep MaxBytes, by this process.",
			Unit: "{entry}", Counter: true, Value: float64(s.evicted.Load()),
		},
		{
			Name: "swept_files_total", Help: "Left-over temporary files removed, by this process.",
			Unit: "{file}", Counter: true, Value: float64(s.swept.Load()),
		},
	}, ctx.Err()
}

// usable returns why a method must do nothing.
func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.closing:
		return backend.ErrClosed
	default:
		return ctx.Err()
	}
}

// Get returns the entry, also one past its Expires that nobody has cleaned up.
func (s *Store) Get(ctx context.Context, key string) (backend.Entry, error) {
	if err := s.usable(ctx); err != nil {
		return backend.Entry{}, err
	}
	b, err := readFile(ctx, s.path(place(key), entryExt))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return backend.Entry{}, backend.ErrNotFound
	case err != nil:
		return backend.Entry{}, err
	}
	return decode(b, key)
}

// Set stores the entry. It costs a file written, a rename and a few reads.
func (s *Store) Set(ctx context.Context, key string, e backend.Entry) error {
	return s.put(ctx, key, &e, "")
}

// Delete removes the entry's file.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	p := place(key)
	c, err := s.enter(ctx, p.shard, false)
	if err != nil {
		return err
	}
	if c == nil { // there is nothing; but others may have copies
		s.tell(backend.EventDeleted, key)
		return nil
	}
	defer c.leave()
	if err := c.removeRecord(p); err != nil {
		return err
	}
	if _, err := c.remove(p, key); err != nil {
		return err
	}
	s.tell(backend.EventDeleted, key)
	return nil
}

// Close ends the watches. The files stay, leases run out.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.hub.close()
		s.ring.close()
	})
	return nil
}
