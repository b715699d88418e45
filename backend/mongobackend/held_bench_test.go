package mongobackend_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
)

// BenchmarkHeld is what each who asks for a lease that somebody holds costs: by
// this package, which reads it, and by one FindOneAndUpdate that inserts the
// document unless it is there, where a lease that is held is an error of the
// server's.
func BenchmarkHeld(b *testing.B) {
	b.Run("read", func(b *testing.B) {
		f := newFixture(b, 100)
		_, err := backend.Lock(f.ctx, f.b, "held", time.Hour)
		must(b, err)
		for b.Loop() {
			if _, err := backend.Lock(f.ctx, f.b, "held", time.Hour); err == nil {
				b.Fatal("lent twice")
			}
		}
	})
	b.Run("findOneAndUpdate", func(b *testing.B) {
		f := newFixture(b, 100)
		_, err := f.raw.InsertOne(f.ctx, bson.D{{Key: "_id", Value: "held"}, {Key: "until", Value: time.Now().Add(time.Hour)}})
		must(b, err)
		for b.Loop() {
			now := time.Now()
			err := f.raw.FindOneAndUpdate(f.ctx,
				bson.D{{Key: "_id", Value: "held"}, {Key: "until", Value: bson.D{{Key: "$lt", Value: now}}}},
				bson.D{{Key: "$set", Value: bson.D{{Key: "until", Value: now.Add(time.Hour)}}}},
				options.FindOneAndUpdate().SetUpsert(true)).Err()
			if !mongo.IsDuplicateKeyError(err) {
				b.Fatalf("lent twice, or %v", err)
			}
		}
	})
}
