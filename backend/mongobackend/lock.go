package mongobackend

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
)

// Lock takes the lease, joins the failure mark, or returns a HeldError.
func (b *Backend) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	return b.acquire(ctx, key, ttl, "")
}

// TakeOver replaces the lease that h describes, or does what Lock does.
func (b *Backend) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	return b.acquire(ctx, key, ttl, h.Token)
}

// acquire replaces a standing lease only if its token is the one in over. It
// reads what there is, decides, and writes if that is still so: while the lease
// is held it only reads, so that those who ask again and again don't hinder who
// writes. It goes round once more only because somebody else got further.
func (b *Backend) acquire(ctx context.Context, key string, ttl time.Duration, over string) (backend.Lease, error) {
	if ttl <= 0 {
		return nil, fmt.Errorf("mongobackend: a lease of %v: must be positive", ttl)
	}
	var l *lease
	err := b.do(ctx, func(ctx context.Context, apart offset) error {
		r, err := b.look(ctx, key, apart)
		if err != nil {
			return err
		}
		until := apart.server(b.now().Add(ttl), time.Millisecond-1)
		l = &lease{b: b, key: key, token: rand.Text()}
		var changed bool
		switch {
		case r.bars(over):
			return &backend.HeldError{Holder: r.holder(apart)}
		case r.young():
			l.token = r.token
			changed, err = l.change(ctx, marked, bson.D{{Key: "$max", Value: bson.D{{Key: untilField, Value: until}, {Key: goneField, Value: until}}}}, r.now)
		case !r.document:
			changed, err = l.begin(ctx, r.now, until)
		default:
			changed, err = l.replace(ctx, &r, until)
		}
		if err == nil && !changed {
			err = errAgain
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// look reads the record under a key.
func (b *Backend) look(ctx context.Context, key string, apart offset) (record, error) {
	found, err := b.collection.FindOne(ctx, bson.D{{Key: idField, Value: key}}, options.FindOne().SetProjection(head)).Raw()
	now := apart.server(b.now(), 0)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return record{now: now}, nil
	case err != nil:
		return record{}, err
	}
	return parseRecord(found, now)
}

// BreakLocks removes the leases and failure marks under the prefix that haven't
// run out.
func (b *Backend) BreakLocks(ctx context.Context, prefix string) (int, error) {
	broken := 0
	err := b.do(ctx, func(ctx context.Context, apart offset) error {
		standing := bson.E{Key: untilField, Value: bson.D{{Key: "$gt", Value: apart.server(b.now(), 0)}}}
		r, err := b.collection.UpdateMany(ctx, under(prefix).filter(standing), noLease)
		if err == nil {
			broken += int(r.ModifiedCount)
		}
		return err
	})
	return broken, err
}
