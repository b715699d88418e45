package integration_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

func mongoURL(t testing.TB) string {
	t.Helper()
	return addressOf(t, "CACHIER_TEST_MONGO_URI", func(t testing.TB) string { return testserver.StartMongo(t).URL })
}

// connectMongo returns a client's database, which the test closes.
func connectMongo(t testing.TB, url string) *mongo.Database {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	return client.Database("cachier_test")
}

// overMongo returns a backend that the test closes.
func overMongo(t testing.TB, c *mongo.Collection) backend.Locker {
	t.Helper()
	b := mongobackend.New(c, nil)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// openMongo opens the collection that belongs to a directory.
func openMongo(t testing.TB, dir string) backend.Locker {
	t.Helper()
	return overMongo(t, connectMongo(t, mongoURL(t)).Collection(tableOf(dir)))
}

func mongoServer(t testing.TB) *server {
	m := testserver.StartMongo(t)
	return &server{
		daemon: m, addr: m.Addr,
		open: func(t testing.TB, addr string) backend.Locker {
			return overMongo(t, connectMongo(t, "mongodb://"+addr+"/").Collection(tableOf(t.Name())))
		},
	}
}
