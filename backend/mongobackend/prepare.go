package mongobackend

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
)

// place is what is known of the collection once it was seen.
type place struct {
	identity string // empty: the server doesn't tell
}

// prepare sees to the collection, once: it is there, is one in which keys are
// bytes, and has its index.
func (b *Backend) prepare(ctx context.Context) error {
	if b.place.Load() != nil {
		return nil
	}
	select {
	case b.preparing <- struct{}{}:
		defer func() { <-b.preparing }()
	case <-ctx.Done():
		return ctx.Err()
	case <-b.closing:
		return backend.ErrClosed
	}
	if b.place.Load() != nil {
		return nil
	}
	s, err := b.specification(ctx)
	if err != nil {
		return err
	}
	if err := suits(s); err != nil {
		return err
	}
	if err := b.index(ctx); err != nil {
		return err
	}
	p := &place{}
	if s.UUID != nil {
		p.identity = hex.EncodeToString(s.UUID.Data)
	}
	b.place.Store(p)
	return nil
}

// specification describes the collection, which it makes if it isn't there.
func (b *Backend) specification(ctx context.Context) (*mongo.CollectionSpecification, error) {
	db, name := b.collection.Database(), b.collection.Name()
	for range 2 {
		all, err := db.ListCollectionSpecifications(ctx, bson.D{{Key: "name", Value: name}})
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			return &all[0], nil
		}
		if err := db.CreateCollection(ctx, name); err != nil && !hasCode(err, namespaceExists) {
			return nil, err
		}
	}
	return nil, errors.New("mongobackend: the collection was made and is not there")
}

// suits says what is wrong with a collection. A collation would take different
// keys for the same; a capped one drops what it likes.
func suits(s *mongo.CollectionSpecification) error {
	if s.Type != "collection" {
		return fmt.Errorf("mongobackend: it is not a collection but a %s", s.Type)
	}
	if capped, _ := s.Options.Lookup("capped").BooleanOK(); capped {
		return errors.New("mongobackend: the collection is capped: entries can't be deleted there")
	}
	if locale, ok := s.Options.Lookup("collation", "locale").StringValueOK(); ok && locale != "simple" {
		return errors.New("mongobackend: the collection has a collation, which takes different keys for the same: make one without")
	}
	return nil
}

// grace is how much later than its end a document is dropped by the server, so
// that no error in what is known of its clock takes away what is still of use.
const grace = time.Minute

// index lets the server drop by itself what is gone, if it knows how, and if we
// may. Otherwise Cleanup does it.
func (b *Backend) index(ctx context.Context) error {
	_, err := b.collection.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys: bson.D{{Key: goneField, Value: 1}},
		Options: options.Index().SetName("cachier_gone").SetExpireAfterSeconds(int32(grace / time.Second)).
			SetPartialFilterExpression(bson.D{{Key: formatField, Value: format}}),
	})
	var said mongo.ServerError
	if errors.As(err, &said) && !mongo.IsNetworkError(err) {
		return nil
	}
	return err
}
