package mongobackend

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
)

const (
	// manyKeys is how many keys one command asks for.
	manyKeys = 1000
	// places is how many single reads a Backend does at a time; who comes while
	// so many are under way shares a command with the others who do, up to most.
	places = 8
	most   = 100
)

// GetMany asks for up to a thousand keys at a time. What is damaged or foreign
// is left out.
func (b *Backend) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	found := make(map[string]backend.Entry, len(keys))
	for len(keys) > 0 {
		n := min(manyKeys, len(keys))
		if err := b.do(ctx, func(ctx context.Context, apart offset) error { return b.getSome(ctx, keys[:n], apart, found) }); err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return found, nil
}

// getSome adds what there is under the keys to found.
func (b *Backend) getSome(ctx context.Context, keys []string, apart offset, found map[string]backend.Entry) error {
	filter := bson.D{{Key: idField, Value: bson.D{{Key: "$in", Value: keys}}}}
	cursor, err := b.collection.Find(ctx, filter, options.Find().SetBatchSize(manyKeys))
	if err != nil {
		return err
	}
	for cursor.Next(ctx) {
		// The cursor uses its memory again.
		d := append(bson.Raw(nil), cursor.Current...)
		key, _ := d.Lookup(idField).StringValueOK()
		if e, err := decode(d, apart); err == nil {
			found[key] = e
		}
	}
	return finish(ctx, cursor)
}
