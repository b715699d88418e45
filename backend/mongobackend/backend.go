package mongobackend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/gather"
)

var _ interface {
	backend.Locker
	backend.Identifier
	backend.Sizer
	backend.Clearer
	backend.Cleaner
	backend.BatchGetter
	backend.Prober
} = (*Backend)(nil)

// Backend keeps entries in a collection. Use [New] to make one.
type Backend struct {
	collection *mongo.Collection // reads and writes as the contract needs it
	monitor    *Monitor          // nil: none
	mistake    error             // the error of every method, if New was given what can't work

	now func() time.Time // the local clock

	closing chan struct{} // closed by Close; ends waiting
	closed  atomic.Bool

	// preparing has one place, which who looks at the collection holds.
	preparing chan struct{}
	place     atomic.Pointer[place] // nil until the collection was seen, then always the same

	readers *gather.Group[backend.Entry] // those who Get

	clock  clock
	limit  atomic.Int64 // how many bytes a document may have, as the server says; 0: not known
	counts counts
}

// New returns a backend over the collection, whose client stays the caller's:
// Close doesn't disconnect it. Nothing is asked of the server before the first
// use, so that the program starts without it. A nil o means the defaults.
//
// The collection's own read preference and its read and write concerns don't
// matter: what was stored must be seen by who reads next. A collection that is
// nil is an error of every method.
func New(collection *mongo.Collection, o *Options) *Backend {
	b := &Backend{now: time.Now, closing: make(chan struct{}), preparing: make(chan struct{}, 1)}
	b.readers = gather.New(places, most, gather.Many(b.GetMany, backend.ErrNotFound, backend.Entry.Clone))
	if o != nil {
		b.monitor = o.Monitor
	}
	if collection == nil {
		b.mistake = errors.New("mongobackend: the collection is nil")
		return b
	}
	b.collection = contractual(collection)
	return b
}

// contractual returns the same collection, as the contract needs it: a write that
// a majority has isn't undone by a failover, and a primary that has lost its
// majority gives nobody a lease. Nor do the client's own ways to encode matter.
func contractual(c *mongo.Collection) *mongo.Collection {
	return c.Database().Client().Database(c.Database().Name(), options.Database().
		SetReadPreference(readpref.Primary()).SetReadConcern(readconcern.Local()).SetWriteConcern(writeconcern.Majority()).
		SetRegistry(bson.NewRegistry()).SetBSONOptions(&options.BSONOptions{})).Collection(c.Name())
}

// Get returns the entry, also one that is past its Expires and not yet removed.
// Where many Get at once they share commands.
func (b *Backend) Get(ctx context.Context, key string) (backend.Entry, error) {
	return b.readers.Get(ctx, key, func(ctx context.Context) (backend.Entry, error) { return b.get(ctx, key) })
}

func (b *Backend) get(ctx context.Context, key string) (backend.Entry, error) {
	var e backend.Entry
	err := b.do(ctx, func(ctx context.Context, apart offset) error {
		found, err := b.collection.FindOne(ctx, bson.D{{Key: idField, Value: key}}).Raw()
		if err == nil {
			e, err = decode(found, apart)
		}
		return err
	})
	if err != nil {
		return backend.Entry{}, err
	}
	return e, nil
}

// Set stores the entry and breaks a lease on the key: it replaces the document.
func (b *Backend) Set(ctx context.Context, key string, e backend.Entry) error {
	return b.do(ctx, func(ctx context.Context, apart offset) error {
		if err := b.fits(key, e); err != nil {
			return err
		}
		_, err := b.collection.ReplaceOne(ctx, ours(key), encode(key, e, apart), options.Replace().SetUpsert(true))
		if mongo.IsDuplicateKeyError(err) {
			return b.collided(ctx, key)
		}
		return err
	})
}

// collided says why there is a document under a key where none of ours was
// found: it is foreign, or another one was there first.
func (b *Backend) collided(ctx context.Context, key string) error {
	found, err := b.collection.FindOne(ctx, bson.D{{Key: idField, Value: key}}, options.FindOne().SetProjection(head)).Raw()
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return errAgain
	case err != nil:
		return err
	case !isOurs(found):
		return backend.ErrForeign
	}
	return errAgain
}

// fits says whether the server takes a document with the entry.
func (b *Backend) fits(key string, e backend.Entry) error {
	limit := b.limit.Load()
	if limit <= 0 {
		limit = largest
	}
	if int64(len(key))+int64(len(e.Value))+int64(len(e.Meta)) > limit-overhead {
		return backend.ErrTooLarge
	}
	return nil
}

// Delete removes the document, and so the entry and a lease on the key.
func (b *Backend) Delete(ctx context.Context, key string) error {
	return b.do(ctx, func(ctx context.Context, _ offset) error {
		_, err := b.collection.DeleteOne(ctx, ours(key))
		return err
	})
}

// Close leaves the client alone.
func (b *Backend) Close() error {
	if !b.closed.Swap(true) {
		close(b.closing)
	}
	return nil
}
