package backend

import (
	"context"
	"errors"
)

// BatchGetter is implemented by stores that can read many entries in one round
// trip.
type BatchGetter interface {
	// GetMany returns the entries under the keys, leaving out what is absent.
	// Each entry is as Get would have returned it. An error means that nothing
	// is known; the map is then nil. Keys may repeat.
	GetMany(ctx context.Context, keys []string) (map[string]Entry, error)
}

// GetMany returns the entries that b holds under the keys, leaving out what is
// absent. If b is no [BatchGetter] it gets one after the other.
func GetMany(ctx context.Context, b Backend, keys []string) (map[string]Entry, error) {
	if g, ok := b.(BatchGetter); ok {
		return g.GetMany(ctx, keys)
	}
	entries := make(map[string]Entry, len(keys))
	for _, key := range keys {
		if _, ok := entries[key]; ok {
			continue
		}
		e, err := b.Get(ctx, key)
		switch {
		case err == nil:
			entries[key] = e
		case !errors.Is(err, ErrNotFound):
			return nil, err
		}
	}
	return entries, nil
}
