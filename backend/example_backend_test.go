package backend_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/cachier-go/cachier/backend"
)

// shelf is the least that is a Backend: a map, and a mutex that protects it.
type shelf struct {
	mu      sync.Mutex
	entries map[string]backend.Entry
}

func (s *shelf) Get(ctx context.Context, key string) (backend.Entry, error) {
	if err := ctx.Err(); err != nil {
		return backend.Entry{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[key]
	if !ok {
		return backend.Entry{}, backend.ErrNotFound
	}
	return e.Clone(), nil
}

func (s *shelf) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[key] = e.Clone()
	return nil
}

func (s *shelf) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, key)
	return nil
}

func (s *shelf) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(backend.Info{}, err)
			return
		}
		s.mu.Lock()
		var infos []backend.Info
		for key, e := range s.entries {
			if strings.HasPrefix(key, prefix) {
				infos = append(infos, backend.Info{Key: key, Size: int64(len(e.Value)), Created: e.Created, Expires: e.Expires})
			}
		}
		s.mu.Unlock() // the loop's body may call any method
		for _, info := range infos {
			if !yield(info, nil) {
				return
			}
		}
	}
}

func (s *shelf) Close() error { return nil }

// How to write a store: five methods are enough, everything else falls back to
// them.
func ExampleBackend() {
	ctx := context.Background()
	var b backend.Backend = &shelf{entries: map[string]backend.Entry{}}

	_ = b.Set(ctx, "users/1", backend.Entry{Value: []byte("ann")})
	_ = b.Set(ctx, "users/2", backend.Entry{Value: []byte("robert")})

	usage, err := backend.Size(ctx, b, "users/") // listed and added up
	fmt.Println(usage.Entries, usage.Bytes, err)
	_, err = b.Get(ctx, "users/3")
	fmt.Println(err)
	// Output:
	// 2 9 <nil>
	// cachier: no such entry
}
