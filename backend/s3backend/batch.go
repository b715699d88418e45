package s3backend

import (
	"context"
	"errors"
	"sync"

	"github.com/cachier-go/cachier/backend"
)

// GetMany asks for Options.Parallel entries at a time, each by a GET.
func (b *Backend) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	entries := make(map[string]backend.Entry, len(keys))
	var wanted []string
	for _, key := range keys {
		if _, ok := entries[key]; !ok {
			entries[key] = backend.Entry{}
			wanted = append(wanted, key)
		}
	}
	var mu sync.Mutex // protects entries
	err := b.each(ctx, len(wanted), func(ctx context.Context, i int) error {
		e, err := b.Get(ctx, wanted[i])
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			entries[wanted[i]] = e
			return nil
		case errors.Is(err, backend.ErrNotFound), errors.Is(err, backend.ErrCorrupt):
			delete(entries, wanted[i])
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// each calls f for 0 to n-1, Options.Parallel at a time, and waits for all. The
// first error ends it and is returned.
func (b *Backend) each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	next := make(chan int)
	for range min(n, b.parallel) {
		all.Go(func() {
			for i := range next {
				if err := f(inner, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
			continue
		case <-inner.Done():
		}
		break
	}
	close(next)
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return context.Cause(inner)
}
