package mongobackend_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
	"github.com/cachier-go/cachier/internal/killing"
)

var trial = killing.Trial{
	Open:    openWriter,
	Writers: 3, Kills: 20, Early: 2, Pause: 20 * time.Millisecond,
	Keys: 12, Lease: 250 * time.Millisecond,
	Size:       func(r *rand.Rand) int { return r.IntN(50_000) },
	ClockError: time.Minute, // a busy machine is far from minutes
}

// openWriter gets the server's URL and the collection's name.
func openWriter(args []string) (backend.Locker, error) {
	client, err := mongo.Connect(options.Client().ApplyURI(args[0]))
	if err != nil {
		return nil, err
	}
	b := mongobackend.New(client.Database("cachier_test").Collection(args[1]), nil)
	_, err = b.Size(context.Background(), "none") // so that it is ready only when it has connected
	return b, err
}

// Writers are killed at random moments; nobody ever reads what is wrong or
// torn, and nothing is left behind that hinders those who go on.
func TestKilledWriters(t *testing.T) {
	t.Parallel()
	url := serverURL(t)
	c := collection(t, connect(t, url))
	b := over(t, c)
	must(t, second(b.Size(t.Context(), ""))) // so that they needn't all make it
	trial.Kill(t, b, url, c.Name())
	trial.Reclaim(t, b)
	must(t, second(b.Cleanup(t.Context(), "")))
	if n, err := c.CountDocuments(t.Context(), bson.D{}); n != 0 || err != nil {
		t.Errorf("%d documents are left, %v", n, err)
	}
}
