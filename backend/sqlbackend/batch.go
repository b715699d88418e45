package sqlbackend

import (
	"context"
	"errors"

	"github.com/cachier-go/cachier/backend"
)

// places is how many single reads a Backend does at a time; who comes while so
// many are under way shares a query with the others who do.
const places = 8

// GetMany asks for up to a hundred keys at a time.
func (b *Backend) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	found := make(map[string]backend.Entry, len(keys))
	for len(keys) > 0 {
		n, q := manyKeys, getMany
		if len(keys) <= fewKeys {
			n, q = fewKeys, getFew
		}
		n = min(n, len(keys))
		if err := b.do(ctx, func() error { return b.getSome(ctx, q, keys[:n], found) }); err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return found, nil
}

// getSome adds what there is under the keys to found.
func (b *Backend) getSome(ctx context.Context, q query, keys []string, found map[string]backend.Entry) error {
	rows, err := b.rows(ctx, q, func(s *statement) []any {
		values := make([]any, len(s.names))
		for i := range values {
			values[i] = []byte(keys[min(i, len(keys)-1)])
		}
		return values
	})
	if err != nil {
		return err
	}
	var shift int64
	for first := true; rows.Next(); first = false {
		var key string
		var r row
		if err := rows.Scan(r.into(&key)...); err != nil {
			return errors.Join(err, rows.Close())
		}
		if first {
			shift = r.now.shift()
		}
		found[key] = r.entry(shift)
	}
	return rows.Err()
}
