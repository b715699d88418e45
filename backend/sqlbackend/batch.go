package sqlbackend

import (
	"context"
	"errors"

	"github.com/cachier-go/cachier/backend"
)

// GetMany asks for up to a hundred keys at a time.
func (b *Backend) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	found := make(map[string]backend.Entry, len(keys))
	for len(keys) > 0 {
		n, s := manyKeys, getMany
		if len(keys) <= fewKeys {
			n, s = fewKeys, getFew
		}
		n = min(n, len(keys))
		if err := b.do(ctx, func() error { return b.getSome(ctx, s, keys[:n], found) }); err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return found, nil
}

// getSome adds what there is under the keys to found.
func (b *Backend) getSome(ctx context.Context, s statement, keys []string, found map[string]backend.Entry) error {
	args := make([]any, manyKeys)
	if s == getFew {
		args = args[:fewKeys]
	}
	for i := range args {
		args[i] = []byte(keys[min(i, len(keys)-1)])
	}
	rows, err := b.statement(s).QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		var key string
		var r row
		if err := rows.Scan(&key, &r.created, &r.expires, &r.cost, &r.meta, &r.value); err != nil {
			return errors.Join(err, rows.Close())
		}
		found[key] = r.entry()
	}
	return rows.Err()
}
