package mongobackend

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
)

// lease is held for as long as the record has its token.
type lease struct {
	b     *Backend
	key   string
	token string
}

// kind is what a record may be that a change is for.
type kind bson.E

var (
	unmarked = kind{Key: failedField, Value: bson.D{{Key: "$exists", Value: false}}}
	marked   = kind{Key: failedField, Value: bson.D{{Key: "$exists", Value: true}}}
)

// ours finds the document while the token is held.
func (l *lease) ours(now bson.DateTime) bson.D {
	return append(ours(l.key), bson.E{Key: tokenField, Value: l.token}, bson.E{Key: untilField, Value: bson.D{{Key: "$gt", Value: now}}})
}

// begin makes the record where there is no document. False: there is one by now.
func (l *lease) begin(ctx context.Context, now, until bson.DateTime) (bool, error) {
	_, err := l.b.collection.InsertOne(ctx, bson.D{
		{Key: idField, Value: l.key},
		{Key: formatField, Value: int32(format)},
		{Key: goneField, Value: until},
		{Key: leaseField, Value: l.fresh(now, until, false)},
	})
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	return err == nil, err
}

// fresh is a record that is new.
func (l *lease) fresh(now, until bson.DateTime, taken bool) bson.D {
	return bson.D{{Key: "token", Value: l.token}, {Key: "since", Value: now}, {Key: "until", Value: until}, {Key: "taken", Value: taken}}
}

// replace puts the record in place of what was read. False: that isn't there any
// more.
func (l *lease) replace(ctx context.Context, seen *record, until bson.DateTime) (bool, error) {
	filter := ours(l.key)
	switch {
	case seen.token == "":
		filter = append(filter, bson.E{Key: leaseField, Value: bson.D{{Key: "$exists", Value: false}}})
	case seen.failed == 0:
		filter = append(filter, bson.E{Key: tokenField, Value: seen.token}, bson.E(unmarked))
	default:
		filter = append(filter, bson.E{Key: tokenField, Value: seen.token}, bson.E{Key: failedField, Value: seen.failed})
	}
	r, err := l.b.collection.UpdateOne(ctx, filter, bson.D{
		{Key: "$set", Value: bson.D{{Key: leaseField, Value: l.fresh(seen.now, until, seen.held())}}},
		{Key: "$max", Value: bson.D{{Key: goneField, Value: until}}},
	})
	if err != nil {
		return false, err
	}
	return r.MatchedCount > 0, nil
}

// change makes an update while the token is held and the record is of a kind.
func (l *lease) change(ctx context.Context, k kind, update bson.D, now bson.DateTime) (bool, error) {
	r, err := l.b.collection.UpdateOne(ctx, append(l.ours(now), bson.E(k)), update)
	if err != nil {
		return false, err
	}
	return r.MatchedCount > 0, nil
}

// either makes the update that is for the kind of record that there is. It may
// become a mark in between, but never a lease again.
func (l *lease) either(ctx context.Context, lease, mark func(now bson.DateTime) bson.D) error {
	return l.b.do(ctx, func(ctx context.Context, apart offset) error {
		now := apart.server(l.b.now(), 0)
		changed, err := l.change(ctx, unmarked, lease(now), now)
		if err == nil && !changed {
			changed, err = l.change(ctx, marked, mark(now), now)
		}
		if err == nil && !changed {
			err = backend.ErrLeaseLost
		}
		return err
	})
}

// Commit stores the entry and ends the lease: it replaces the document.
func (l *lease) Commit(ctx context.Context, e backend.Entry) error {
	return l.b.do(ctx, func(ctx context.Context, apart offset) error {
		if err := l.b.fits(l.key, e); err != nil {
			return err
		}
		r, err := l.b.collection.ReplaceOne(ctx, l.ours(apart.server(l.b.now(), 0)), encode(l.key, e, apart))
		if err == nil && r.MatchedCount == 0 {
			err = backend.ErrLeaseLost
		}
		return err
	})
}

// Fail makes a failure mark of the lease.
func (l *lease) Fail(ctx context.Context) error {
	return l.either(ctx, func(now bson.DateTime) bson.D {
		return bson.D{
			{Key: "$set", Value: bson.D{{Key: failedField, Value: now}, {Key: untilField, Value: now + markLength}}},
			{Key: "$max", Value: bson.D{{Key: goneField, Value: now + markLength}}},
		}
	}, func(now bson.DateTime) bson.D {
		return bson.D{
			{Key: "$set", Value: bson.D{{Key: failedField, Value: now}}},
			{Key: "$max", Value: bson.D{{Key: untilField, Value: now + markLength}, {Key: goneField, Value: now + markLength}}},
		}
	})
}

// Release ends the lease unless others share it. What is left of a document
// without an entry goes with what is past its Expires.
func (l *lease) Release(ctx context.Context) error {
	return l.b.do(ctx, func(ctx context.Context, apart offset) error {
		_, err := l.change(ctx, unmarked, noLease, apart.server(l.b.now(), 0))
		return err
	})
}

// Extend makes the lease last for ttl from now.
func (l *lease) Extend(ctx context.Context, ttl time.Duration) error {
	return l.either(ctx, func(now bson.DateTime) bson.D {
		until := after(now, ttl)
		return bson.D{
			{Key: "$set", Value: bson.D{{Key: untilField, Value: until}}}, {Key: "$max", Value: bson.D{{Key: goneField, Value: until}}},
		}
	}, func(now bson.DateTime) bson.D {
		until := after(now, ttl)
		return bson.D{{Key: "$max", Value: bson.D{{Key: untilField, Value: until}, {Key: goneField, Value: until}}}}
	})
}

// after rounds up, so that a lease lasts for all of its time.
func after(now bson.DateTime, ttl time.Duration) bson.DateTime {
	return now + bson.DateTime((ttl+time.Millisecond-1)/time.Millisecond)
}
