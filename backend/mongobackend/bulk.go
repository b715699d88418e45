package mongobackend

import (
	"context"
	"errors"
	"iter"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
)

// pageSize is how many entries one page of a listing has: what is held in memory
// at a time.
const pageSize = 5000

// Whether a document holds an entry.
var (
	withEntry    = bson.E{Key: sizeField, Value: bson.D{{Key: "$exists", Value: true}}}
	withoutEntry = bson.E{Key: sizeField, Value: bson.D{{Key: "$exists", Value: false}}}
)

// List reads a page of keys at a time, in order, and holds no cursor while the
// loop's body runs.
func (b *Backend) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		s := under(prefix)
		for {
			infos, last, err := b.page(ctx, s)
			if err != nil {
				yield(backend.Info{}, err)
				return
			}
			for i, info := range infos {
				if i > 0 {
					err = b.usable(ctx)
				}
				if err != nil {
					yield(backend.Info{}, err)
					return
				}
				if !yield(info, nil) {
					return
				}
			}
			if last == "" {
				return
			}
			s.from, s.after = last, true
		}
	}
}

// page reads the first entries of a range. It leaves out what is damaged. last
// is the key at which the next page goes on; empty: there is none.
func (b *Backend) page(ctx context.Context, s span) (infos []backend.Info, last string, err error) {
	err = b.do(ctx, func(ctx context.Context, apart offset) error {
		infos, last = make([]backend.Info, 0, pageSize), ""
		cursor, err := b.collection.Find(ctx, s.filter(withEntry), options.Find().SetProjection(head).
			SetSort(bson.D{{Key: idField, Value: 1}}).SetLimit(pageSize).SetBatchSize(pageSize))
		if err != nil {
			return err
		}
		n := 0
		for ; cursor.Next(ctx); n++ {
			if i, err := info(cursor.Current, apart); err == nil {
				infos = append(infos, i)
			}
			last, _ = cursor.Current.Lookup(idField).StringValueOK()
		}
		if n < pageSize {
			last = ""
		}
		return finish(ctx, cursor)
	})
	return infos, last, err
}

// Size reads the sizes of all entries under the prefix. The server counts how
// many there are of each: one pass, and one accumulator, which is all that some
// servers do.
func (b *Backend) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	var u backend.Usage
	err := b.do(ctx, func(ctx context.Context, _ offset) error {
		u = backend.Usage{}
		cursor, err := b.collection.Aggregate(ctx, bson.A{
			bson.D{{Key: "$match", Value: under(prefix).filter(withEntry)}},
			bson.D{{Key: "$group", Value: bson.D{
				{Key: idField, Value: "$" + sizeField}, {Key: "entries", Value: bson.D{{Key: "$sum", Value: 1}}},
			}}},
		})
		if err != nil {
			return err
		}
		for cursor.Next(ctx) {
			size, _ := cursor.Current.Lookup(idField).AsInt64OK()
			entries, _ := cursor.Current.Lookup("entries").AsInt64OK()
			u.Entries += entries
			u.Bytes += size * entries
		}
		return finish(ctx, cursor)
	})
	if err != nil {
		return backend.Usage{Entries: -1, Bytes: -1}, err
	}
	return u, nil
}

// clearedAtOnce is how many documents one command of Clear deletes: compatible
// servers have their bounds.
const clearedAtOnce = 10_000

// Clear deletes the documents, entries and leases together, in order.
func (b *Backend) Clear(ctx context.Context, prefix string) error {
	for s := under(prefix); ; {
		next, err := b.boundary(ctx, s)
		if err != nil {
			return err
		}
		part := s
		if next != "" {
			part.to = next
		}
		err = b.do(ctx, func(ctx context.Context, _ offset) error {
			_, err := b.collection.DeleteMany(ctx, part.filter())
			return err
		})
		if err != nil || next == "" {
			return err
		}
		s.from, s.after = next, false
	}
}

// boundary is the key after the first clearedAtOnce of a range; empty: there are
// no more.
func (b *Backend) boundary(ctx context.Context, s span) (key string, err error) {
	err = b.do(ctx, func(ctx context.Context, _ offset) error {
		key = ""
		found, err := b.collection.FindOne(ctx, s.filter(), options.FindOne().SetProjection(bson.D{{Key: idField, Value: 1}}).
			SetSort(bson.D{{Key: idField, Value: 1}}).SetSkip(clearedAtOnce)).Raw()
		if errors.Is(err, mongo.ErrNoDocuments) {
			return nil
		}
		if err == nil {
			key, _ = found.Lookup(idField).StringValueOK()
		}
		return err
	})
	return key, err
}

// Cleanup deletes the entries that are past their Expires, and what is left of
// leases that ran out. It leaves alone what somebody is computing anew. Where
// there is a TTL index, the server does the same a minute or two later.
func (b *Backend) Cleanup(ctx context.Context, prefix string) (int, error) {
	total := 0
	err := b.do(ctx, func(ctx context.Context, apart offset) error {
		now := apart.server(b.now().Add(-b.clock.latest.Load().doubt(b.now())), 0)
		gone := bson.E{Key: goneField, Value: bson.D{{Key: "$lte", Value: now}}}
		r, err := b.collection.DeleteMany(ctx, under(prefix).filter(gone, withEntry))
		if err != nil {
			return err
		}
		total += int(r.DeletedCount)
		_, err = b.collection.DeleteMany(ctx, under(prefix).filter(gone, withoutEntry))
		return err
	})
	return total, err
}

// cursor is what is needed of a [mongo.Cursor] that was read.
type cursor interface {
	Err() error
	Close(ctx context.Context) error
}

// finish closes a cursor and returns why it ended. Of one that was read to its
// end the server has nothing to forget.
func finish(ctx context.Context, c cursor) error {
	err := c.Err()
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = c.Close(ctx) // err says why
		return err
	}
	return c.Close(ctx)
}
